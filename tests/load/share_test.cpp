// Threads share the connections, the rate and the messages without a rest.
#include "support/catch.hpp"
#include "worker.hpp"

TEST_CASE("the shares of all threads are the whole") {
  load::options wanted;
  wanted.connections = 11;
  wanted.threads = 4;
  wanted.messages = 103;
  wanted.rate = 100;
  std::size_t connections = 0;
  std::uint64_t messages = 0;
  double rate = 0;
  for (std::size_t index = 0; index < wanted.threads; ++index) {
    const auto one = load::share_of(wanted, index);
    CHECK(one.first == connections);
    connections += one.count;
    messages += one.messages;
    rate += one.rate;
  }
  CHECK(connections == 11);
  CHECK(messages == 103);
  CHECK(rate == Approx(100));
}
