// What a session keeps of its opening handshake.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "websock/session.hpp"

namespace websock::detail {

/// A `session_request` for as long as a session lives. What few of them have takes memory only there.
class kept_request {
 public:
  explicit kept_request(session_request made)
      : head_{std::move(made.head)},
        remote_endpoint_{std::move(made.remote_endpoint)},
        deflate_{made.deflate} {
    if (made.subprotocol.empty() && made.parameters.empty() && !made.tls && !made.response) return;
    rare_ = std::make_unique<rarely>(rarely{std::move(made.subprotocol), std::move(made.parameters),
                                            std::move(made.tls), std::move(made.response)});
  }

  [[nodiscard]] const http::request& head() const noexcept { return head_; }
  [[nodiscard]] const std::string& remote_endpoint() const noexcept { return remote_endpoint_; }
  [[nodiscard]] const std::optional<protocol::deflate_parameters>& deflate() const noexcept {
    return deflate_;
  }
  [[nodiscard]] std::string_view subprotocol() const noexcept {
    return rare_ == nullptr ? std::string_view{} : rare_->subprotocol;
  }
  [[nodiscard]] std::string_view parameter(std::string_view name) const noexcept {
    if (rare_ == nullptr) return {};
    for (const auto& [key, value] : rare_->parameters) {
      if (key == name) return value;
    }
    return {};
  }
  [[nodiscard]] const io::tls_info* tls() const noexcept {
    return rare_ == nullptr ? nullptr : rare_->tls.get();
  }
  [[nodiscard]] const http::response* response() const noexcept {
    return rare_ == nullptr ? nullptr : rare_->response.get();
  }

 private:
  struct rarely {
    std::string subprotocol;
    std::vector<std::pair<std::string, std::string>> parameters;
    std::shared_ptr<const io::tls_info> tls;
    std::shared_ptr<const http::response> response;
  };

  http::request head_;
  std::string remote_endpoint_;
  std::optional<protocol::deflate_parameters> deflate_;
  std::unique_ptr<rarely> rare_;
};

}  // namespace websock::detail
