#include "websock/http/url.hpp"
#include "websock/server/server.hpp"

namespace websock {

std::string_view http_context::parameter(std::string_view name) const noexcept {
  for (const auto& [key, value] : parameters) {
    if (key == name) return value;
  }
  return {};
}

std::optional<std::string> http_context::query(std::string_view name) const {
  for (auto& [key, value] : http::parse_query(request.query())) {
    if (key == name) return std::move(value);
  }
  return std::nullopt;
}

}  // namespace websock
