// Which URLs are wanted, beside those that open a session.
#pragma once

#include <span>
#include <string_view>

#include "websock/http/url.hpp"

namespace websock::http {

struct url_kind {
  std::string_view subject;                   ///< what begins an error's text; may be empty
  std::span<const std::string_view> schemes;  ///< in lower case
  std::string_view expectation;               ///< the error's text for another scheme
  std::string_view assumed_scheme;            ///< of a text without "://"; empty: that is an error
  bool has_target = true;                     ///< false: nothing but "/" may stand behind the authority
};

/// As `parse_url(text)`.
url parse_url(std::string_view text, const url_kind& kind);

}  // namespace websock::http
