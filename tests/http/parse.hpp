// Feeds a parser a stream cut at given places.
#pragma once

#include <algorithm>
#include <string_view>
#include <system_error>

#include "websock/http/head_parser.hpp"

namespace websock::http {

/// Parses until the message is done, an error comes or the stream is used up, in pieces of at most
/// `first` and then `step` bytes. `rest` is what the parser left.
template <typename Parser>
std::error_code parse_in_pieces(Parser& parser, std::string_view stream, std::size_t first, std::size_t step,
                                std::string_view& rest) {
  std::size_t size = first;
  while (!stream.empty() && !parser.is_done()) {
    // A copy of its own for each piece, so that a sanitizer sees who keeps a view of it.
    const std::string piece{stream.substr(0, std::min(size, stream.size()))};
    bytes_view input = as_bytes(piece);
    const auto error = parser.parse(input);
    stream.remove_prefix(piece.size() - input.size());
    if (error) return error;
    size = step;
  }
  rest = stream;
  return {};
}

/// Calls `check(first, step)` for the stream in one piece, in two at every place, and byte by byte.
template <typename Check>
void for_each_split(std::string_view stream, Check check) {
  for (std::size_t first = 1; first <= stream.size(); ++first) check(first, stream.size());
  check(std::size_t{1}, std::size_t{1});
}

}  // namespace websock::http
