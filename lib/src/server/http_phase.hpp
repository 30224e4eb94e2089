// Plain HTTP/1.1 on one connection, up to its end or to a WebSocket handshake.
#pragma once

#include <chrono>
#include <memory>
#include <span>

#include "io/tls_stream.hpp"
#include "server/connection.hpp"
#include "server/static_files.hpp"
#include "websock/http/head_parser.hpp"
#include "websock/io/watchdog.hpp"

namespace websock {

/// Requests are answered one after the other, in their order (RFC 9112 section 9.3.2).
class http_phase {
 public:
  http_phase(connection& self, std::unique_ptr<arrival> from);
  http_phase(const http_phase&) = delete;
  http_phase& operator=(const http_phase&) = delete;
  ~http_phase();

  task<std::unique_ptr<upgrade>> run();

 private:
  using clock = io::watchdog::clock;
  static constexpr int fair_share = 4;  // reads, or pieces of a file, in a row that never had to wait

  // http_phase.cpp: from bytes to requests
  task<void> shake_hands();
  task<bool> read_request();
  task<bool> read_body();
  task<bool> read_more();
  task<bool> parse_more();
  task<void> be_fair();
  task<void> refuse(std::error_code error);
  task<void> finish();
  bool takes_body() const;
  void set_deadline(duration time);
  clock::time_point look(clock::time_point now);

  // http_answer.cpp: from requests to responses
  task<std::unique_ptr<upgrade>> answer(http::request& request, bool is_upgrade);
  task<void> answer_by_handler(const site_route& route, const http::request& request,
                               const std::vector<std::pair<std::string, std::string>>& parameters);
  task<std::unique_ptr<upgrade>> open_session(site::found& found, http::request& request);
  std::optional<http::response> take_place(const site_route& route, upgrade& made) const;
  task<std::optional<http::response>> ask_hooks(const site_route& route, const http_context& context);
  task<void> send(http::response& response, const http::request& request);
  task<void> send_file(file_response& response, const http::request& request);
  std::string head_of(http::response& response, const http::request& request, std::uint64_t content_length);
  task<void> write(std::span<bytes_view> parts);

  connection& self_;
  io::stream_ptr stream_;
  std::string remote_endpoint_;
  io::tls_stream* unsecured_ = nullptr;  // `stream_`, when it is to shake hands first
  std::shared_ptr<const io::tls_info> tls_;
  std::shared_ptr<const site> site_;
  http::request_parser parser_;
  byte_buffer input_;
  bytes_view unread_;       // of `input_`
  int steps_without_wait_ = 0;
  bool keep_alive_ = true;  // another request may follow the one that is answered
  clock::time_point due_ = io::watchdog::never;
  io::watchdog watchdog_;
};

}  // namespace websock
