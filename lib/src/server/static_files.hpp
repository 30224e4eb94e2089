// Files of a folder over HTTP: GET and HEAD, one range, validators, no way out of the folder.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

#include "websock/core/bytes.hpp"
#include "websock/http/head.hpp"

namespace websock {

/// A file descriptor that closes itself.
class owned_descriptor {
 public:
  owned_descriptor() noexcept = default;
  explicit owned_descriptor(int descriptor) noexcept : descriptor_{descriptor} {}
  owned_descriptor(owned_descriptor&& other) noexcept : descriptor_{std::exchange(other.descriptor_, -1)} {}
  owned_descriptor& operator=(owned_descriptor&& other) noexcept {
    std::swap(descriptor_, other.descriptor_);
    return *this;
  }
  ~owned_descriptor();

  [[nodiscard]] int get() const noexcept { return descriptor_; }
  explicit operator bool() const noexcept { return descriptor_ >= 0; }

 private:
  int descriptor_ = -1;
};

/// The part of an open file that is a response's body. Read in pieces, so that a file of any size
/// costs no more than a piece of memory.
struct file_body {
  owned_descriptor file;
  std::uint64_t offset = 0;
  std::uint64_t remaining = 0;

  /// Reads the next piece and returns its size; 0 when the file ended early or cannot be read.
  std::size_t read(mutable_bytes into);
};

/// A response whose body is in `head.body`, or the file's part when there is one.
struct file_response {
  http::response head;
  file_body file;
  /// Of the body that a GET gets; a HEAD gets no body and says the same length.
  std::uint64_t content_length = 0;
};

/// Serves one folder. Hidden files (".git"), names with backslashes or NUL, "..", special files,
/// and symbolic links that lead out of the folder are all "not found". Usable from every thread.
class static_files {
 public:
  /// Throws `std::system_error` that names the folder when it cannot be opened.
  explicit static_files(const std::string& folder);

  /// `path` is below the folder, percent-encoded, without a slash in front ("css/site.css"); ""
  /// is the folder itself. A folder is answered by its index.html, or by a redirect where the
  /// slash at the end is missing; there are no listings.
  [[nodiscard]] file_response serve(const http::request& request, std::string_view path) const;

  /// The answer where the request's path lacks the slash at its end.
  [[nodiscard]] static file_response redirect(const http::request& request);

 private:
  [[nodiscard]] owned_descriptor open(const std::string& path) const;

  owned_descriptor root_;
};

/// The media type by a file's extension; "application/octet-stream" for others.
std::string_view media_type(std::string_view file_name) noexcept;

}  // namespace websock
