#include "script/payload.hpp"

#include <algorithm>
#include <numeric>
#include <random>
#include <utility>

#include "script/content.hpp"

namespace conformance {
namespace {

std::string repeat(const std::string& unit, std::uint64_t size) {
  std::string octets;
  octets.reserve(size);
  while (octets.size() < size)
    octets.append(unit, 0, std::min<std::uint64_t>(unit.size(), size - octets.size()));
  return octets;
}

std::string random_octets(std::uint64_t size, std::uint64_t seed) {
  std::mt19937_64 generator{seed};
  std::string octets(size, '\0');
  for (char& octet : octets) octet = static_cast<char>(generator());
  return octets;
}

}  // namespace

payload payload::repeated(std::string unit, std::uint64_t size) {
  payload made{std::move(unit)};
  made.kind_ = made.octets_.empty() ? kind::octets : kind::repeated;
  made.size_ = made.octets_.empty() ? 0 : size;
  return made;
}

payload payload::of_content(std::string name, std::uint64_t size, std::uint64_t at) {
  payload made{std::move(name)};
  made.kind_ = kind::content;
  made.size_ = size;
  made.at_ = at;
  return made;
}

payload payload::random(std::uint64_t size) {
  payload made;
  made.kind_ = kind::random;
  made.size_ = size;
  return made;
}

payload payload::joined(std::vector<payload> parts) {
  payload made;
  made.kind_ = kind::joined;
  made.size_ = std::accumulate(parts.begin(), parts.end(), std::uint64_t{0},
                               [](std::uint64_t sum, const payload& part) { return sum + part.size(); });
  made.parts_ = std::move(parts);
  return made;
}

std::string payload::make(std::uint64_t seed) const {
  switch (kind_) {
    case kind::octets:
      return octets_;
    case kind::repeated:
      return repeat(octets_, size_);
    case kind::content:
      return cut_content(octets_, at_, size_);
    case kind::random:
      return random_octets(size_, seed);
    case kind::joined:
      break;
  }
  std::string whole;
  for (const payload& part : parts_) whole += part.make(seed++);
  return whole;
}

const std::string& payload::content() const noexcept {
  static const std::string none;
  return kind_ == kind::content ? octets_ : none;
}

}  // namespace conformance
