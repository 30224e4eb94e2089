#include "server/plain_response.hpp"

namespace websock {

http::response plain_response(http::status status) {
  http::response response;
  response.status = status;
  response.fields.add("Content-Type", "text/plain; charset=utf-8");
  response.body = std::string{http::reason_phrase(status)} + "\n";
  return response;
}

}  // namespace websock
