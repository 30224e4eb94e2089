// What a script sends and expects: octets, or the recipe for them.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

namespace conformance {

/// A recipe for octets: 16 MiB of "*" takes a few bytes until they are made.
class payload {
 public:
  payload() = default;
  explicit payload(std::string octets) : octets_{std::move(octets)}, size_{octets_.size()} {}

  /// `unit` again and again, cut at `size` octets.
  static payload repeated(std::string unit, std::uint64_t size);
  /// `size` octets of a built-in content (see content.hpp), from octet `at` on; behind its end it begins anew.
  static payload of_content(std::string name, std::uint64_t size, std::uint64_t at);
  /// Octets that follow from the seed of the run alone.
  static payload random(std::uint64_t size);
  static payload joined(std::vector<payload> parts);

  [[nodiscard]] std::uint64_t size() const noexcept { return size_; }
  [[nodiscard]] std::string make(std::uint64_t seed) const;

  /// The name of the content that this is a part of; empty: none.
  [[nodiscard]] const std::string& content() const noexcept;
  [[nodiscard]] std::uint64_t content_offset() const noexcept { return at_; }

 private:
  enum class kind : std::uint8_t { octets, repeated, content, random, joined };

  kind kind_ = kind::octets;
  std::string octets_;  // or the unit, or the content's name
  std::vector<payload> parts_;
  std::uint64_t size_ = 0;
  std::uint64_t at_ = 0;
};

}  // namespace conformance
