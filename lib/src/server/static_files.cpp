#include "server/static_files.hpp"

#include <fcntl.h>
#include <linux/openat2.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <optional>
#include <system_error>

#include "server/conditional.hpp"
#include "server/plain_response.hpp"
#include "websock/http/url.hpp"

namespace websock {
namespace {

constexpr int open_flags = O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY;  // not blocking: it may be a FIFO

file_response answer(http::response response) {
  file_response answered;
  answered.content_length = response.body.size();
  answered.head = std::move(response);
  return answered;
}

file_response not_found() { return answer(plain_response(http::status::not_found)); }

// The path in the file system, relative to the folder; nothing for what is never served. Each
// segment is looked at after decoding, so that "%2e%2e" and "%2f" are what they stand for.
std::optional<std::string> file_path(std::string_view encoded) {
  std::string path;
  while (!encoded.empty()) {
    const std::size_t slash = encoded.find('/');
    const auto segment = http::percent_decode(encoded.substr(0, slash));
    if (!segment || segment->empty() || segment->front() == '.') return std::nullopt;
    if (segment->find_first_of(std::string_view{"/\\\0", 3}) != std::string::npos) return std::nullopt;
    path += *segment;
    if (slash == std::string_view::npos) return path;
    path += '/';
    encoded.remove_prefix(slash + 1);
  }
  return path;
}

// Where the kernel has no openat2 (before 5.6, or filtered): segment by segment, and no links at all.
int open_without_links(int root, const std::string& path) {
  owned_descriptor at{::openat(root, ".", O_PATH | O_DIRECTORY | O_CLOEXEC)};
  std::size_t start = 0;
  for (std::size_t slash = path.find('/'); slash != std::string::npos; slash = path.find('/', start)) {
    const std::string segment = path.substr(start, slash - start);
    at = owned_descriptor{::openat(at.get(), segment.c_str(), O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC)};
    if (!at) return -1;
    start = slash + 1;
  }
  const std::string last = start == path.size() ? "." : path.substr(start);
  return ::openat(at.get(), last.c_str(), open_flags | O_NOFOLLOW);
}

int open_beneath(int root, const std::string& path) {
  open_how how{};
  how.flags = static_cast<std::uint64_t>(open_flags);
  how.resolve = RESOLVE_BENEATH | RESOLVE_NO_MAGICLINKS;
  const std::string name = path.empty() ? "." : path;
  const long opened = ::syscall(SYS_openat2, root, name.c_str(), &how, sizeof how);
  if (opened < 0 && (errno == ENOSYS || errno == EPERM)) return open_without_links(root, path);
  return static_cast<int>(opened);
}

// Changes with the content, as far as the file system tells: strong (RFC 9110 section 8.8.1).
std::string entity_tag(const struct stat& status) {
  char digits[3 * 17 + 2];
  char* end = digits;
  *end++ = '"';
  end = std::to_chars(end, digits + sizeof digits, static_cast<std::uint64_t>(status.st_mtim.tv_sec), 16).ptr;
  *end++ = '.';
  end =
      std::to_chars(end, digits + sizeof digits, static_cast<std::uint64_t>(status.st_mtim.tv_nsec), 16).ptr;
  *end++ = '-';
  end = std::to_chars(end, digits + sizeof digits, static_cast<std::uint64_t>(status.st_size), 16).ptr;
  *end++ = '"';
  return {digits, end};
}

file_response method_not_allowed() {
  http::response response = plain_response(http::status::method_not_allowed);
  response.fields.add("Allow", "GET, HEAD");
  return answer(std::move(response));
}

void add_validators(http::fields& fields, const validators& now) {
  fields.add("ETag", now.entity_tag);
  fields.add("Last-Modified", http::format_date(now.last_modified));
  fields.add("Accept-Ranges", "bytes");
}

std::string content_range(const byte_range& range, std::uint64_t size) {
  return "bytes " + std::to_string(range.first) + "-" + std::to_string(range.first + range.length - 1) + "/" +
         std::to_string(size);
}

file_response range_not_satisfiable(std::uint64_t size) {
  http::response response = plain_response(http::status::range_not_satisfiable);
  response.fields.add("Content-Range", "bytes */" + std::to_string(size));
  return answer(std::move(response));
}

file_response send_file(const http::request& request, owned_descriptor file, const struct stat& status,
                        std::string_view name) {
  const validators now{entity_tag(status), status.st_mtim.tv_sec};
  const auto size = static_cast<std::uint64_t>(status.st_size);
  file_response response;
  if (is_not_modified(request.fields, now)) {
    response.head.status = http::status::not_modified;
    add_validators(response.head.fields, now);
    return response;
  }
  byte_range range{0, size};
  // Section 14.2: "A server MUST ignore a Range header field received with a request method that is
  // unrecognized or for which no range handling is defined", which is GET's only.
  const auto selected =
      request.method == "GET" ? select_range(request.fields, now, size, range) : range_result::whole;
  if (selected == range_result::not_satisfiable) return range_not_satisfiable(size);
  if (selected == range_result::partial) {
    response.head.status = http::status::partial_content;
    response.head.fields.add("Content-Range", content_range(range, size));
  }
  response.head.fields.add("Content-Type", media_type(name));
  response.head.fields.add("X-Content-Type-Options", "nosniff");
  add_validators(response.head.fields, now);
  response.content_length = range.length;
  response.file = file_body{std::move(file), range.first, range.length};
  return response;
}

}  // namespace

owned_descriptor::~owned_descriptor() {
  if (descriptor_ >= 0) ::close(descriptor_);
}

std::size_t file_body::read(mutable_bytes into) {
  const std::size_t wanted = std::min<std::uint64_t>(into.size(), remaining);
  ssize_t count = 0;
  do {
    count = ::pread(file.get(), into.data(), wanted, static_cast<off_t>(offset));
  } while (count < 0 && errno == EINTR);
  if (count <= 0) return 0;
  offset += static_cast<std::uint64_t>(count);
  remaining -= static_cast<std::uint64_t>(count);
  return static_cast<std::size_t>(count);
}

static_files::static_files(const std::string& folder)
    : root_{::open(folder.c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC)} {
  if (!root_) throw std::system_error{errno, std::generic_category(), "cannot serve files of " + folder};
}

owned_descriptor static_files::open(const std::string& path) const {
  return owned_descriptor{open_beneath(root_.get(), path)};
}

file_response static_files::redirect(const http::request& request) {
  http::response response = plain_response(http::status::permanent_redirect);
  std::string location{request.path()};
  location += '/';
  if (const auto query = request.query(); !query.empty()) location.append("?").append(query);
  response.fields.add("Location", location);
  return answer(std::move(response));
}

file_response static_files::serve(const http::request& request, std::string_view path) const {
  if (request.method != "GET" && request.method != "HEAD") return method_not_allowed();
  auto name = file_path(path);
  if (!name) return not_found();
  owned_descriptor file = open(*name);
  struct stat status{};
  if (!file || ::fstat(file.get(), &status) != 0) return not_found();

  if (S_ISDIR(status.st_mode)) {
    if (!name->empty() && !name->ends_with('/')) return redirect(request);
    *name += "index.html";
    file = open(*name);
    if (!file || ::fstat(file.get(), &status) != 0) return not_found();
  }
  if (!S_ISREG(status.st_mode)) return not_found();
  return send_file(request, std::move(file), status, *name);
}

}  // namespace websock
