// Answers of the server itself.
#pragma once

#include "websock/http/head.hpp"

namespace websock {

/// The status with its phrase as a line of text.
http::response plain_response(http::status status);

}  // namespace websock
