// What an echo peer does with its command line, and as a client with a conformance runner that is a server.
#pragma once

#include <cstring>
#include <iostream>
#include <string>

namespace peers {

inline constexpr std::size_t message_limit = 64 << 20;

/// "ws://HOST:PORT/PATH" in parts.
struct address {
  std::string host;
  std::string port;
  std::string target;

  explicit address(const std::string& url) {
    const auto host_at = std::strlen("ws://");
    const auto colon = url.find(':', host_at);
    const auto slash = url.find('/', colon);
    host = url.substr(host_at, colon - host_at);
    port = url.substr(colon + 1, slash - colon - 1);
    target = url.substr(slash);
  }
};

inline void say_port(unsigned port) { std::cout << "listening on ws://127.0.0.1:" << port << std::endl; }

/// `echo(url)` opens a connection, sends back what comes until it ends, and gives the first message that came.
/// What goes wrong on it is the case's business.
template <typename Echo>
void run_cases(const std::string& url, const std::string& agent, Echo echo) {
  const int count = std::stoi(echo(url + "/getCaseCount"));
  for (int number = 1; number <= count; ++number) {
    echo(url + "/runCase?case=" + std::to_string(number) + "&agent=" + agent);
  }
  echo(url + "/updateReports?agent=" + agent);
}

/// PEER server | client URL AGENT
template <typename Serve, typename Echo>
int run_peer(int count, char** arguments, Serve serve, Echo echo) {
  const std::string role = count > 1 ? arguments[1] : "";
  if (role == "server" && count == 2) {
    serve();
    return 0;
  }
  if (role == "client" && count == 4) {
    run_cases(arguments[2], arguments[3], echo);
    return 0;
  }
  std::cerr << "usage: " << arguments[0] << " server | client URL AGENT\n";
  return 2;
}

}  // namespace peers
