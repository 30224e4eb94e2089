// io::connect from an address of the caller's choice.
#include <asio/io_context.hpp>
#include <string>
#include <system_error>
#include <vector>

#include "support/catch.hpp"
#include "support/run.hpp"
#include "websock/io/acceptor.hpp"
#include "websock/io/connect.hpp"

using namespace websock;

namespace {

task<std::vector<io::endpoint>> only(io::endpoint where) {
  std::vector<io::endpoint> found;
  found.push_back(where);
  co_return found;
}

struct fixture {
  io::connect_policy policy_from(const std::string& address) {
    io::connect_policy policy;
    policy.local_address = address;
    policy.lookup = [this](const std::string&, std::uint16_t, io::address_family family) {
      return only(family == io::address_family::ipv4 ? listener.local() : ipv6.local());
    };
    return policy;
  }

  /// Where the connection comes from, as the one who accepts it sees it.
  task<void> visit(std::string host, const io::connect_policy& policy) {
    auto mine = co_await io::connect(host, listener.local().port, policy);
    auto accepted = co_await listener.accept();
    seen = accepted->remote_address();
  }

  asio::io_context context{1};
  io::acceptor listener{context.get_executor(), {"127.0.0.1", 0, {}}};
  io::acceptor ipv6{context.get_executor(), {"::1", 0, {}}};
  std::string seen;
};

}  // namespace

TEST_CASE_METHOD(fixture, "a connection comes from the address that was asked for") {
  support::run(context, visit("127.0.0.1", policy_from("127.0.0.2")));
  CHECK(seen == "127.0.0.2");
}

TEST_CASE_METHOD(fixture, "a host by name is connected to from the asked address, in its family") {
  support::run(context, visit("name.test", policy_from("127.0.0.3")));
  CHECK(seen == "127.0.0.3");
}

TEST_CASE_METHOD(fixture, "an address that is not the host's is an error that names it") {
  const auto connecting = [this] { support::run(context, visit("127.0.0.1", policy_from("192.0.2.1"))); };
  CHECK_THROWS_WITH(connecting(), Catch::Matchers::Contains("cannot connect from 192.0.2.1"));
}

TEST_CASE_METHOD(fixture, "what is no address to connect from is an error that says so") {
  const auto connecting = [this] { support::run(context, visit("127.0.0.1", policy_from("localhost"))); };
  CHECK_THROWS_WITH(connecting(), Catch::Matchers::Contains("\"localhost\" is no IPv4 or IPv6 address"));
}
