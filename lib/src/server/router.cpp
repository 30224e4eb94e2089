#include "server/router.hpp"

#include <algorithm>
#include <functional>
#include <set>

#include "websock/http/url.hpp"

namespace websock {
namespace {

// "/a/b/" -> "a", "b", "". The path begins with '/'.
std::vector<std::string_view> split(std::string_view path) {
  std::vector<std::string_view> segments;
  for (path.remove_prefix(1);;) {
    const std::size_t slash = path.find('/');
    segments.push_back(path.substr(0, slash));
    if (slash == std::string_view::npos) return segments;
    path.remove_prefix(slash + 1);
  }
}

bool is_parameter(std::string_view segment) noexcept {
  return segment.size() > 2 && segment.front() == '{' && segment.back() == '}';
}

bool is_name(std::string_view text) noexcept {
  return std::ranges::all_of(text, [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == '-';
  });
}

std::optional<std::string> segment_problem(std::string_view segment, bool is_last) {
  if (segment == "*" && !is_last) return "a path whose '*' is its last segment";
  if (segment == "*") return std::nullopt;
  if (is_parameter(segment)) {
    if (is_name(segment.substr(1, segment.size() - 2))) return std::nullopt;
    return "a parameter of letters, digits, '_' and '-', such as \"{room}\"";
  }
  if (segment.find_first_of("{}*") != std::string_view::npos) {
    return "a path whose parameters are whole segments, as in \"/rooms/{room}\" or \"/files/*\"";
  }
  if (segment.empty() && !is_last) return "a path without empty segments (\"//\")";
  if (segment == "." || segment == "..") return "a path without \".\" and \"..\"";
  return std::nullopt;
}

}  // namespace

std::optional<std::string> path_problem(std::string_view path) {
  if (!path.starts_with('/')) return "a path that begins with '/'";
  const bool has_other = std::ranges::any_of(path, [](unsigned char c) { return c <= ' ' || c == 0x7F; });
  if (has_other || path.find_first_of("?#%\\") != std::string_view::npos) {
    return "a path without blanks, '?', '#', '%' and '\\' (give it decoded)";
  }
  const auto segments = split(path);
  std::set<std::string_view> names;
  for (std::size_t i = 0; i < segments.size(); ++i) {
    if (auto problem = segment_problem(segments[i], i + 1 == segments.size())) return problem;
    if (is_parameter(segments[i]) && !names.insert(segments[i]).second) {
      return "a path whose parameters have different names";
    }
  }
  return std::nullopt;
}

std::string route_pattern(const route_config& route) {
  if (route.static_root.empty() || route.path.ends_with("/*")) return route.path;
  return route.path + (route.path.ends_with('/') ? "*" : "/*");
}

// A segment of all patterns that begin alike.
struct router::node {
  std::map<std::string, std::unique_ptr<node>, std::less<>> literals;
  std::unique_ptr<node> parameter;
  std::optional<std::size_t> star;   // the route that ends here with "/*"
  std::optional<std::size_t> route;  // the route that ends here
  std::vector<std::string> names;    // of the parameters on the way, of `route` or, below, `star`
  std::vector<std::string> star_names;
};

router::router() : root_{std::make_unique<node>()} {}
router::~router() = default;
router::router(router&&) noexcept = default;
router& router::operator=(router&&) noexcept = default;

std::optional<std::size_t> router::add(std::string_view pattern, std::size_t route) {
  node* at = root_.get();
  std::vector<std::string> names;
  for (const std::string_view segment : split(pattern)) {
    if (segment == "*") {
      if (at->star) return at->star;
      at->star = route;
      at->star_names = std::move(names);
      return std::nullopt;
    }
    if (is_parameter(segment)) names.emplace_back(segment.substr(1, segment.size() - 2));
    auto& next = is_parameter(segment) ? at->parameter : at->literals[std::string{segment}];
    if (!next) next = std::make_unique<node>();
    at = next.get();
  }
  if (at->route) return at->route;
  at->route = route;
  at->names = std::move(names);
  return std::nullopt;
}

// One lookup: down the tree, and back up where the more specific way leads nowhere. Each node is
// reached by one way only, so none is visited twice.
struct router::search {
  std::vector<std::string_view> encoded;
  std::vector<std::string> decoded;
  std::vector<std::size_t> taken;  // indexes of the segments that parameters stand for
  std::optional<match> found;

  bool decode(std::string_view path) {
    if (!path.starts_with('/')) return false;
    encoded = split(path);
    for (const std::string_view segment : encoded) {
      auto text = http::percent_decode(segment);
      if (!text || *text == "." || *text == ".." || text->find('\0') != std::string::npos) return false;
      decoded.push_back(std::move(*text));
    }
    return true;
  }

  bool visit(const node& at, std::size_t index) {
    if (index == decoded.size()) return at.route && finish(*at.route, at.names);
    const auto literal = at.literals.find(decoded[index]);
    if (literal != at.literals.end() && visit(*literal->second, index + 1)) return true;
    if (at.parameter && !decoded[index].empty()) {
      taken.push_back(index);
      if (visit(*at.parameter, index + 1)) return true;
      taken.pop_back();
    }
    return at.star && finish(*at.star, at.star_names) && take_rest(index);
  }

  bool finish(std::size_t route, const std::vector<std::string>& names) {
    found.emplace();
    found->route = route;
    for (std::size_t i = 0; i < names.size(); ++i)
      found->parameters.emplace_back(names[i], decoded[taken[i]]);
    return true;
  }

  bool take_rest(std::size_t index) {
    const char* const start = encoded[index].data();
    found->rest = {start, static_cast<std::size_t>(encoded.back().data() + encoded.back().size() - start)};
    std::string rest = decoded[index];
    for (std::size_t i = index + 1; i < decoded.size(); ++i) rest.append("/").append(decoded[i]);
    found->parameters.emplace_back("*", std::move(rest));
    return true;
  }
};

std::optional<router::match> router::find(std::string_view path) const {
  search lookup;
  if (!lookup.decode(path) || !lookup.visit(*root_, 0)) return std::nullopt;
  return std::move(lookup.found);
}

}  // namespace websock
