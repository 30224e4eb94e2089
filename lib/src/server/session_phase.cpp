// From the 101 to the end of a session: the handler, and what its end means.
#include <asio/error.hpp>
#include <system_error>

#include "server/connection.hpp"
#include "server/log.hpp"
#include "server/worker.hpp"

namespace websock {
namespace {

// A peer that goes away, is late or breaks the protocol ends the handler's `receive` or `send` by
// an exception; that is a session's normal end and no handler's failure.
bool is_end_of_session(const std::error_code& error, const session& session) {
  return !session.is_open() && (error == condition::disconnected || error == condition::timeout ||
                                error == asio::error::operation_aborted ||
                                error == condition::protocol_violation || error == condition::limit_exceeded);
}

// Inside a catch block.
void log_failure(const session& session) {
  const std::string text = log::current_exception_text();
  try {
    throw;
  } catch (const std::system_error& error) {
    if (is_end_of_session(error.code(), session)) {
      log::debug({"session ", session.remote_endpoint(), " ", session.request().target, ": ", text});
      return;
    }
  } catch (...) {  // logged below
  }
  log::error({"handler of ", session.request().target, " for ", session.remote_endpoint(), " threw: ", text});
}

}  // namespace

served_session::served_session(connection& self, std::unique_ptr<upgrade> from)
    : self_{self},
      home_{std::move(from->home)},
      place_{std::move(from->place)},
      handler_{from->route->on_session},
      session_{std::move(from->stream), protocol::role::server, from->route->options,
               std::move(from->request), from->early} {
  self_.home().count_session(+1);
  self_.serve_session(&session_);
}

served_session::~served_session() {
  self_.serve_session(nullptr);
  self_.home().count_session(-1);
}

void served_session::handler_threw() {
  log_failure(session_);
  code_ = close_code::internal_error;
}

}  // namespace websock
