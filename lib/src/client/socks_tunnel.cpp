// RFC 1928, SOCKS Protocol Version 5, and RFC 1929, Username/Password Authentication for it.
#include <netinet/in.h>

#include <algorithm>
#include <array>
#include <asio/error.hpp>
#include <span>
#include <stdexcept>
#include <system_error>

#include "client/tunnel_protocols.hpp"
#include "io/address.hpp"
#include "protocol/authorization.hpp"
#include "websock/core/bytes.hpp"
#include "websock/core/error.hpp"

namespace websock {
namespace {

constexpr char version = 5;
constexpr char credentials_version = 1;

namespace method {
constexpr char no_authentication = 0;
constexpr char user_and_password = 2;
constexpr char none_acceptable = '\xFF';
}  // namespace method

namespace address_type {
constexpr char ipv4 = 1;
constexpr char domain_name = 3;
constexpr char ipv6 = 4;
}  // namespace address_type

/// Why there is no tunnel.
struct refusal : std::runtime_error {
  using std::runtime_error::runtime_error;
};

// RFC 1928 section 6.
std::string describe_reply(char code) {
  static constexpr std::array texts{
      "general SOCKS server failure", "connection not allowed by ruleset",
      "network unreachable",          "host unreachable",
      "connection refused",           "TTL expired",
      "command not supported",        "address type not supported",
  };
  const auto number = static_cast<unsigned char>(code);
  if (number != 0 && number <= texts.size()) return texts[number - 1];
  return "unassigned reply " + std::to_string(number);
}

void append_port(std::string& message, std::uint16_t port) {
  message += static_cast<char>(port >> 8);
  message += static_cast<char>(port & 0xFF);
}

template <typename Address>
void append_octets(std::string& message, const Address& address) {
  message.append(reinterpret_cast<const char*>(&address), sizeof address);
}

// A name is resolved by the proxy; what is an address already goes as one.
void append_address(std::string& message, const std::string& host) {
  if (!io::is_ip_literal(host)) {
    if (host.empty() || host.size() > 255) throw refusal{"a host name has 1 to 255 octets there"};
    message += address_type::domain_name;
    message += static_cast<char>(host.size());
    message += host;
    return;
  }
  const io::socket_address address = io::to_socket_address(io::endpoint{host, 0, {}});
  if (address.family() == AF_INET) {
    message += address_type::ipv4;
    append_octets(message, reinterpret_cast<const sockaddr_in&>(address.storage).sin_addr);
  } else {
    message += address_type::ipv6;
    append_octets(message, reinterpret_cast<const sockaddr_in6&>(address.storage).sin6_addr);
  }
}

// Section 4: VER, CMD, RSV, ATYP, DST.ADDR, DST.PORT.
std::string connect_request(const std::string& host, std::uint16_t port) {
  constexpr char connect_command = 1;
  std::string message{version, connect_command, 0};
  append_address(message, host);
  append_port(message, port);
  return message;
}

// Section 3: VER, NMETHODS, METHODS.
std::string greeting(bool has_credentials) {
  if (has_credentials) return {version, 2, method::no_authentication, method::user_and_password};
  return {version, 1, method::no_authentication};
}

void expect_version(char actual, char wanted) {
  if (actual == wanted) return;
  throw refusal{"not a SOCKS5 proxy: its answer begins with " +
                std::to_string(static_cast<unsigned char>(actual))};
}

/// Exactly so many octets.
task<std::string> read(io::byte_stream& stream, std::size_t count) {
  std::string octets(count, '\0');
  const mutable_bytes into = std::as_writable_bytes(std::span{octets});
  co_await stream.read_exactly(into);
  co_return octets;
}

task<void> present_credentials(io::byte_stream& stream, const std::string& credentials) {
  co_await stream.write(credentials);
  const std::string answer = co_await read(stream, 2);
  expect_version(answer[0], credentials_version);
  if (answer[1] != 0) throw refusal{"wrong user name or password"};
}

task<void> authenticate(io::byte_stream& stream, const std::string& credentials) {
  const std::string hello = greeting(!credentials.empty());
  co_await stream.write(hello);
  const std::string answer = co_await read(stream, 2);
  expect_version(answer[0], version);
  if (answer[1] == method::no_authentication) co_return;
  if (answer[1] == method::user_and_password && !credentials.empty()) {
    co_await present_credentials(stream, credentials);
    co_return;
  }
  if (answer[1] != method::none_acceptable) throw refusal{"it chose an authentication that was not offered"};
  throw refusal{credentials.empty() ? "it wants a user name and a password"
                                    : "it takes no user name and password"};
}

task<std::size_t> bound_address_size(io::byte_stream& stream, char type) {
  if (type == address_type::ipv4) co_return 4;
  if (type == address_type::ipv6) co_return 16;
  if (type != address_type::domain_name) throw refusal{"its reply has an address of an unknown type"};
  const std::string size = co_await read(stream, 1);
  co_return static_cast<unsigned char>(size[0]);
}

// Section 6: VER, REP, RSV, ATYP, BND.ADDR, BND.PORT; what it is bound to is of no use here.
task<void> read_reply(io::byte_stream& stream) {
  const std::string head = co_await read(stream, 4);
  expect_version(head[0], version);
  if (head[1] != 0) throw refusal{describe_reply(head[1])};
  if (head[2] != 0) throw refusal{"its reply has a reserved octet that is not zero"};
  const std::size_t size = co_await bound_address_size(stream, head[3]);
  [[maybe_unused]] const std::string bound = co_await read(stream, size + 2);
}

}  // namespace

std::string socks_credentials(std::string_view userinfo) {
  const auto decoded = protocol::decode_userinfo(userinfo);
  const auto fits = [](const std::string& text) { return !text.empty() && text.size() <= 255; };
  if (!decoded || !fits(decoded->username) || !fits(decoded->password)) {
    throw std::system_error{errc::url_invalid,
                            "a SOCKS5 user name and password have 1 to 255 octets each (RFC 1929)"};
  }
  std::string message{credentials_version};
  for (const std::string& text : {decoded->username, decoded->password}) {
    message.append(1, static_cast<char>(text.size())).append(text);
  }
  return message;
}

task<void> open_socks_tunnel(io::byte_stream& stream, http::url proxy, std::string host, std::uint16_t port) {
  try {
    const std::string credentials =
        proxy.userinfo.empty() ? std::string{} : socks_credentials(proxy.userinfo);
    const std::string request = connect_request(host, port);
    co_await authenticate(stream, credentials);
    co_await stream.write(request);
    co_await read_reply(stream);
  } catch (const refusal& why) {
    throw std::system_error{errc::proxy_refused, describe_proxy(proxy) + ": " + why.what()};
  } catch (const std::system_error& error) {
    if (error.code() != asio::error::eof) throw;
    throw std::system_error{errc::connection_lost, "the answer of " + describe_proxy(proxy)};
  }
}

}  // namespace websock
