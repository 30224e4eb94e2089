// From the path of a request to a route.
#pragma once

#include <cstddef>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "websock/server/config.hpp"

namespace websock {

/// Why the path of a route cannot be used, as what would be right ("a path that begins with '/'");
/// nothing when it is good.
std::optional<std::string> path_problem(std::string_view path);

/// The pattern that a route matches: its path, and for a folder of files all that is below it
/// ("/www" and "/www/" as "/www/*").
std::string route_pattern(const route_config& route);

/// Finds the route of a path. Patterns are made of segments: a literal (`/ws`), a parameter
/// (`/rooms/{room}`, any one segment that is not empty) or, as the last, a star (`/files/*`, all
/// the rest of the path, also none: "/files/" but not "/files").
///
/// Segments are compared after percent-decoding, with case. The most specific route wins, whatever
/// the order in which they were added: going from left to right, a literal is better than a
/// parameter, and that is better than a star. A slash at the end counts: "/ws/" is not "/ws".
/// Paths with "." or ".." segments, with a NUL or a broken escape match nothing.
///
/// A lookup visits each segment of the path and each segment of the patterns at most once.
class router {
 public:
  struct match {
    std::size_t route = 0;
    std::vector<std::pair<std::string, std::string>> parameters;  ///< decoded; the star's rest is "*"
    std::string_view rest;  ///< what the star stands for, still encoded; a view into the path
  };

  router();
  ~router();
  router(router&&) noexcept;
  router& operator=(router&&) noexcept;

  /// Adds a pattern without a `path_problem`. Returns the route that has the same paths, and adds
  /// nothing, when there is one.
  std::optional<std::size_t> add(std::string_view pattern, std::size_t route);

  /// `path` is encoded and without its query.
  [[nodiscard]] std::optional<match> find(std::string_view path) const;

 private:
  struct node;
  struct search;
  std::unique_ptr<node> root_;
};

}  // namespace websock
