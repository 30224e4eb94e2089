// From the 101 to the end of a session: the handler, and what its end means.
#include <asio/error.hpp>
#include <system_error>

#include "server/connection.hpp"
#include "server/log.hpp"
#include "server/worker.hpp"

namespace websock {
namespace {

/// The connection knows its session for as long as it is served.
class served_session {
 public:
  served_session(connection& self, session& served) noexcept : self_{self} {
    self_.home().count_session(+1);
    self_.serve_session(&served);
  }
  served_session(const served_session&) = delete;
  served_session& operator=(const served_session&) = delete;
  ~served_session() {
    self_.serve_session(nullptr);
    self_.home().count_session(-1);
  }

 private:
  connection& self_;
};

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

// RFC 6455 section 7.4.1: 1011 "indicates that a server is terminating the connection because it
// encountered an unexpected condition". What it was stays here.
task<close_code> call_handler(const session_handler& handler, session& session) {
  try {
    task<void> work = handler(session);
    co_await std::move(work);
    co_return close_code::normal_closure;
  } catch (...) {
    log_failure(session);
  }
  co_return close_code::internal_error;
}

}  // namespace

task<void> serve_session(connection& self, std::unique_ptr<upgrade> from) {
  const std::shared_ptr<const site> home = std::move(from->home);
  const session_handler& handler = from->route->on_session;
  session served{std::move(from->stream), protocol::role::server, from->route->options,
                 std::move(from->request), from->early};
  from.reset();
  const served_session counted{self, served};
  const close_code code = co_await call_handler(handler, served);
  co_await served.close(code);
}

}  // namespace websock
