// A WebSocket client for people and scripts: lines go out, messages come in.
#include <signal.h>

#include <asio/bind_cancellation_slot.hpp>
#include <asio/cancellation_signal.hpp>
#include <asio/co_spawn.hpp>
#include <asio/executor_work_guard.hpp>
#include <asio/io_context.hpp>
#include <asio/signal_set.hpp>
#include <cstdio>
#include <exception>
#include <utility>

#include "conversation.hpp"
#include "explain.hpp"
#include "options.hpp"

namespace {

class client {
 public:
  explicit client(const options& wanted) : wanted_{wanted}, signals_{context_, SIGINT, SIGTERM} {}

  int run() {
    const auto work = asio::make_work_guard(context_);
    await_signal();
    asio::co_spawn(
        context_, talk(),
        asio::bind_cancellation_slot(connecting_.slot(), [this](std::exception_ptr error, int code) {
          error_ = error;
          code_ = code;
          context_.stop();
        }));
    context_.run();
    if (error_) std::rethrow_exception(error_);
    return code_;
  }

 private:
  websock::task<int> talk() {
    std::exception_ptr error;
    try {
      websock::session session = co_await websock::connect(wanted_.url, wanted_.connect);
      conversation both{std::move(session), wanted_};
      conversation_ = &both;
      const exit_code code = co_await both.run();
      conversation_ = nullptr;
      co_return code;
    } catch (...) {
      error = std::current_exception();
    }
    const explanation why = explain_no_session(error);
    say(is_interrupted_ ? "interrupted before it was connected" : why.text);
    co_return why.code;
  }

  void await_signal() {
    signals_.async_wait([this](std::error_code error, int) {
      if (error) return;
      is_interrupted_ = true;
      if (conversation_ != nullptr) {
        conversation_->interrupt();
      } else {
        connecting_.emit(asio::cancellation_type::terminal);
      }
      await_signal();
    });
  }

  const options& wanted_;
  asio::io_context context_{1};
  asio::signal_set signals_;
  asio::cancellation_signal connecting_;
  conversation* conversation_ = nullptr;  // once there is a session
  std::exception_ptr error_;
  int code_ = not_connected;
  bool is_interrupted_ = false;
};

int run(int argc, char** argv) {
  CLI::App app{"Connects to a WebSocket server: lines of standard input are sent, messages are printed.",
               "websock-client"};
  try {
    const options wanted = parse_options(app, argc, argv);
    client one{wanted};
    return one.run();
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? success : wrong_usage;
  } catch (const usage_error& error) {
    say(error.what());
    return wrong_usage;
  }
}

}  // namespace

int main(int argc, char** argv) {
  ::signal(SIGPIPE, SIG_IGN);  // a write says so, too
  try {
    return run(argc, argv);
  } catch (const std::exception& error) {
    say(error.what());
    return not_clean;
  }
}
