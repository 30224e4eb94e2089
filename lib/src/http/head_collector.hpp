// Finds where a head ends, before anything of it is parsed.
#pragma once

#include <cstddef>
#include <string_view>
#include <system_error>

#include "websock/core/byte_buffer.hpp"
#include "websock/core/bytes.hpp"

namespace websock::http {

/// Collects a head from bytes of any split until its empty line is there, so that llhttp sees it in
/// one piece and cannot end it elsewhere. A head that arrives whole is never copied. Looks at each
/// byte once, and keeps none beyond the limit; memory doubles as bytes come.
class head_collector {
 public:
  /// Takes bytes from the front of `input`, up to the end of the head. Fails for a bare LF (RFC 9112
  /// section 2.2 lets a recipient take it for a line's end; those who do and those who do not see
  /// different requests), a bare CR, a folded line, a first byte that begins no head, and when `limit`
  /// bytes hold no end.
  std::error_code collect(bytes_view& input, std::size_t limit);

  [[nodiscard]] bool is_done() const noexcept { return !head_.empty(); }
  /// The head with its empty line, without empty lines before it; valid as long as the input was.
  [[nodiscard]] std::string_view head() const noexcept { return head_; }
  /// How many bytes came so far, empty lines before the head too.
  [[nodiscard]] std::size_t size() const noexcept { return size_; }
  /// Some byte of a head has come.
  [[nodiscard]] bool started() const noexcept { return begun_; }
  /// Forgets everything and gives the memory back.
  void reset() noexcept { *this = head_collector{}; }

 private:
  enum class found { nothing, end, error };

  bool take_before_head(char character) noexcept;
  found scan(std::string_view fresh, std::size_t& end) noexcept;
  bool is_line_part(std::string_view part) noexcept;
  found end_line() noexcept;

  byte_buffer kept_;           // what came before, if the head came in pieces
  std::string_view head_;
  std::size_t size_ = 0;
  std::size_t line_size_ = 0;  // of the line under way, without its LF
  char previous_ = '\n';
  bool begun_ = false;
  bool skipped_line_ = false;  // the one empty line before a head
};

}  // namespace websock::http
