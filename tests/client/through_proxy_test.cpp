// Sessions through proxies that forward, and what those learn.
#include <cstdlib>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "server/test_server.hpp"
#include "support/certificates.hpp"
#include "support/raw_peer.hpp"
#include "websock/client/connect.hpp"
#include "websock/io/acceptor.hpp"
#include "websock/io/connect.hpp"
#include "websock/io/task_group.hpp"

using namespace support;
using websock::connect_options;
namespace http = websock::http;
namespace io = websock::io;

namespace {

task<void> forward(io::byte_stream& from, io::byte_stream& to) {
  std::array<std::byte, 4096> piece;
  while (true) {
    const std::size_t count = co_await from.read_some(piece);
    if (count == 0) break;
    const websock::bytes_view octets = websock::bytes_view{piece}.first(count);
    co_await to.write(octets);
  }
  to.shutdown_send();
}

/// Speaks CONNECT or SOCKS5 (with names), and keeps whom it was asked for.
class forwarding_proxy {
 public:
  explicit forwarding_proxy(asio::io_context& context, std::optional<io::tls_context> tls = {})
      : acceptor_{context.get_executor(), {"127.0.0.1", 0, {}}}, tls_{std::move(tls)} {
    spawn(context, accept(context));
  }
  forwarding_proxy(const forwarding_proxy&) = delete;
  forwarding_proxy& operator=(const forwarding_proxy&) = delete;
  ~forwarding_proxy() { acceptor_.close(); }

  [[nodiscard]] std::string authority() const { return acceptor_.local().to_string(); }
  [[nodiscard]] const std::vector<std::string>& asked() const { return *asked_; }

 private:
  using record = std::shared_ptr<std::vector<std::string>>;

  task<void> accept(asio::io_context& context) {
    while (true) {
      auto stream = co_await acceptor_.accept();
      if (tls_) stream = co_await io::accept_tls(std::move(stream), *tls_);
      spawn(context, serve(std::move(stream), asked_));
    }
  }

  static task<void> serve(io::stream_ptr client, record asked) {
    std::string answer;
    const std::string target = co_await read_target(*client, answer);
    asked->push_back(target);
    const auto where = http::parse_host(target);
    io::stream_ptr server = co_await io::connect(std::string{where->host}, *where->port);
    co_await client->write(answer);
    const auto executor = co_await asio::this_coro::executor;
    io::task_group both{executor};
    both.spawn(forward(*client, *server));
    both.spawn(forward(*server, *client));
    co_await both.join();
  }

  static task<std::string> read_target(io::byte_stream& client, std::string& answer) {
    const std::string first = co_await read_octets(client, 1);
    if (first != "C") co_return co_await read_socks_target(client, answer);
    std::string head = first;
    while (!head.ends_with("\r\n\r\n")) {
      const std::string octet = co_await read_octets(client, 1);
      head += octet;
    }
    answer = "HTTP/1.1 200 Connection established\r\n\r\n";
    co_return head.substr(8, head.find(' ', 8) - 8);  // behind "CONNECT "
  }

  // Behind the version of the greeting.
  static task<std::string> read_socks_target(io::byte_stream& client, std::string& answer) {
    const std::string greeting = co_await read_octets(client, 2);
    const std::string chosen = octets("05 00");
    co_await client.write(chosen);
    const std::string head = co_await read_octets(client, 5);
    const auto size = static_cast<unsigned char>(head[4]);
    const std::string name = co_await read_octets(client, size);
    const std::string port = co_await read_octets(client, 2);
    answer = octets("05 00 00 01 00000000 0000");
    const unsigned number = static_cast<unsigned char>(port[0]) * 256U + static_cast<unsigned char>(port[1]);
    co_return name + ":" + std::to_string(number);
  }

  io::acceptor acceptor_;
  std::optional<io::tls_context> tls_;
  record asked_ = std::make_shared<std::vector<std::string>>();
};

io::tls_server_options server_tls() {
  io::tls_server_options options;
  options.identities.push_back(certificates::shared().pair("server"));
  return options;
}

websock::server_config secure_route() {
  websock::server_config config = one_route();
  config.listeners.front().tls = server_tls();
  return config;
}

/// A variable of the environment, for as long as it lives.
class variable {
 public:
  variable(const char* name, const std::string& value) : name_{name} { ::setenv(name, value.c_str(), 1); }
  variable(const variable&) = delete;
  variable& operator=(const variable&) = delete;
  ~variable() { ::unsetenv(name_); }

 private:
  const char* name_;
};

task<void> hello(std::string url, const connect_options& options) {
  auto session = co_await websock::connect(url, options);
  co_await session.send("hello");
  const auto reply = co_await session.receive();
  REQUIRE(reply);
  CHECK(reply->text() == "hello");
  co_await session.close();
  CHECK(session.was_clean());
}

}  // namespace

TEST_CASE("a session goes through a proxy, which resolves the name") {
  const test_server served;
  const std::string authority = "localhost:" + std::to_string(served.where().port);
  for (const std::string scheme : {"http://", "socks5://", "socks5h://"}) {
    CAPTURE(scheme);
    asio::io_context context;
    const forwarding_proxy proxy{context};
    connect_options options;
    options.proxy = scheme + proxy.authority();
    run(context, hello("ws://" + authority + "/ws", options));
    CHECK(proxy.asked() == std::vector<std::string>{authority});
  }
}

TEST_CASE("TLS with the server runs inside the tunnel, also where TLS leads to the proxy") {
  const test_server served{echo, secure_route()};
  const std::string authority = "localhost:" + std::to_string(served.where().port);
  connect_options options;
  options.tls.ca_file = certificates::shared().file("ca.pem");
  for (const std::string scheme : {"http://", "https://", "socks5://"}) {
    CAPTURE(scheme);
    asio::io_context context;
    std::optional<io::tls_context> tls;
    if (scheme == "https://") tls.emplace(server_tls());
    const forwarding_proxy proxy{context, tls};
    options.proxy = scheme + proxy.authority();
    run(context, hello("wss://" + authority + "/ws", options));
    CHECK(proxy.asked() == std::vector<std::string>{authority});
  }
}

TEST_CASE("the environment's proxy is used when that is asked for, but for what no_proxy names") {
  const test_server served;
  const std::string authority = "localhost:" + std::to_string(served.where().port);
  asio::io_context context;
  const forwarding_proxy proxy{context};
  const variable all{"ws_proxy", proxy.authority()};
  connect_options options;
  run(context, hello("ws://" + authority + "/ws", options));
  CHECK(proxy.asked().empty());
  options.proxy_from_environment = true;
  run(context, hello("ws://" + authority + "/ws", options));
  CHECK(proxy.asked().size() == 1);
  const variable none{"no_proxy", "localhost"};
  run(context, hello("ws://" + authority + "/ws", options));
  CHECK(proxy.asked().size() == 1);
}
