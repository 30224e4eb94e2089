// Every allocation of a session's life fails once: that ends one session at most.
#include "faults/failing_memory.hpp"
#include "faults/lives.hpp"
#include "support/certificates.hpp"

using namespace faults;
using support::certificates;

namespace {

// Each, or each `step`-th.
void fail_each_allocation(const scenario& what, std::size_t in_a_row, std::size_t step = 1) {
  const outcome seen = live_until_unharmed(what, [=](std::size_t number) {
    return std::make_unique<failing_memory>(failing_memory::threads::others, 1 + (number - 1) * step,
                                            in_a_row);
  });
  CHECK(seen.lives * step > 30);  // the caches of the thread serve the rest
  CHECK(seen.lost * step > 10);
}

}  // namespace

TEST_CASE("an allocation that fails ends one session at most") { fail_each_allocation({}, 1); }

TEST_CASE("three allocations in a row that fail end no bystander") { fail_each_allocation({}, 3); }

TEST_CASE("an allocation that fails ends one compressed session at most") {
  scenario compressed;
  compressed.config.routes[0].session.permessage_deflate = websock::protocol::deflate_options{};
  compressed.options.session.permessage_deflate = websock::protocol::deflate_options{};
  fail_each_allocation(compressed, 1);
}

// The client's thread is the one without memory; each life has a context of its own, with empty caches.
TEST_CASE("an allocation that fails ends one session inside TLS at most") {
  scenario secured;
  const auto& certificates = certificates::shared();
  secured.config.listeners.front().tls.emplace().identities.push_back(certificates.pair("server"));
  secured.options.tls.ca_file = certificates.file("ca.pem");
  secured.is_secure = true;
  fail_each_allocation(secured, 1, 4);
}

TEST_CASE("an allocation that fails in a client ends its session at most") {
  const test_server served;
  std::size_t number = 0;
  for (bool has_failed = true; has_failed;) {
    asio::io_context context;
    run(context, [](websock::io::endpoint where, std::size_t which, bool& failed) -> task<void> {
      const websock::connect_options options;
      bool is_whole = false;
      const failing_memory scarce{failing_memory::threads::this_one, which, 1};
      try {
        co_await live_bounded(url_of(where, "/ws"), options, is_whole);
      } catch (const std::bad_alloc&) {  // it could not even begin
      }
      failed = scarce.has_failed();
    }(served.where(), ++number, has_failed));
  }
  CHECK(number > 50);
}
