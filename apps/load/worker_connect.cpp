// Connections that are opened and closed, again and again.
#include "worker.hpp"

namespace load {
namespace {

constexpr int most_failures = 100;  // of one connection: nobody is there any more

}  // namespace

websock::task<void> worker::repeat_connecting(std::size_t index) {
  const websock::connect_options how = options_for(index);
  for (int failures = 0; !is_stopping_ && failures < most_failures;) {
    std::string failure;
    try {
      co_await connect_once(how);
    } catch (const std::system_error& error) {
      failure = error.what();
    }
    if (failure.empty()) continue;
    ++failures;
    recorder_.add_broken(failure);
  }
}

websock::task<void> worker::connect_once(const websock::connect_options& how) {
  const auto start = load_clock::now();
  websock::session opened = co_await websock::connect(wanted_.url, how);
  meter_.add_handshake(since(start, load_clock::now()), false);
  co_await opened.close();
  if (!opened.was_clean()) recorder_.add_broken("a connection ended without the closing handshake");
  count(since(start, load_clock::now()));
}

}  // namespace load
