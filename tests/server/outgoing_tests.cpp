// Clients over TCP that do not read what a handler sends them.
#include "server/captured_log.hpp"
#include "server/test_server.hpp"

using namespace support;
using websock::close_code;
using websock::errc;
using websock::overflow;

namespace {

constexpr std::size_t piece = 64 * 1024;
constexpr int count = 400;  // more than the buffers of both sockets take

websock::server_config with_policy(overflow policy) {
  auto config = one_route();
  auto& options = config.routes[0].session;
  options.high_water_mark = 4 * piece;
  options.outgoing.policy = policy;
  options.outgoing.code = close_code::try_again_later;
  options.timeouts.close = websock::no_timeout;
  return config;
}

std::string numbered(int number) {
  std::string text = std::to_string(number) + ":";
  text.resize(piece, 'x');
  return text;
}

/// What a handler that sends all of it at once saw.
struct sender {
  event_count ended;
  std::error_code error;
  std::size_t most_buffered = 0;
  std::uint64_t dropped = 0;

  task<void> serve(websock::session& session) {
    try {
      for (int i = 0; i < count; ++i) {
        const std::string text = numbered(i);
        co_await session.send(text);
        most_buffered = std::max(most_buffered, session.buffered());
      }
    } catch (const std::system_error& thrown) {
      error = thrown.code();
    }
    dropped = session.dropped();
    ended.add();
    if (error) throw std::system_error{error};
  }
};

// What a client gets that reads only after the sender is done with all of it.
std::vector<int> numbers_of(sender& sends, const websock::server_config& config,
                            std::optional<close_code>& code) {
  const auto handler = [&sends](websock::session& session) { return sends.serve(session); };
  const test_server served{handler, config};
  std::vector<int> numbers;
  asio::io_context context;
  run(context,
      [](websock::io::endpoint where, sender& other, std::vector<int>& into,
         std::optional<close_code>& closed) -> task<void> {
        auto client = co_await open_session(where);
        REQUIRE(other.ended.wait_for(1));
        while (const auto received = co_await client.receive()) {
          into.push_back(std::stoi(std::string{received->text()}));
          CHECK(received->text() == numbered(into.back()));
        }
        if (client.peer_close()) closed = client.peer_close()->code;
      }(served.where(), sends, numbers, code));
  return numbers;
}

}  // namespace

TEST_CASE("a_client_that_does_not_read_gets_the_newest_messages") {
  sender sends;
  std::optional<close_code> code;
  const auto numbers = numbers_of(sends, with_policy(overflow::drop_oldest), code);
  CHECK_FALSE(sends.error);
  CHECK(sends.dropped > 0);
  CHECK(numbers.size() + sends.dropped == count);
  CHECK(std::is_sorted(numbers.begin(), numbers.end()));
  CHECK(numbers.back() == count - 1);
  CHECK(sends.most_buffered <= 6 * piece);
  CHECK(code == close_code::normal_closure);
}

TEST_CASE("a_client_that_does_not_read_is_closed_behind_what_was_accepted") {
  const captured_log log;
  sender sends;
  std::optional<close_code> code;
  const auto numbers = numbers_of(sends, with_policy(overflow::close), code);
  CHECK(sends.error == errc::outgoing_queue_full);
  CHECK(sends.dropped == 0);
  REQUIRE_FALSE(numbers.empty());
  CHECK(numbers.size() < count);
  CHECK(numbers.back() == static_cast<int>(numbers.size()) - 1);
  CHECK(code == close_code::try_again_later);
  CHECK_THAT(log.text(),
             !Catch::Matchers::Contains("[error]"));  // it is a session's end and no handler's failure
}
