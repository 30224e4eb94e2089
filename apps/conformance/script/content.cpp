#include "script/content.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <mutex>
#include <random>
#include <vector>

namespace conformance {
namespace {

// The standard's engine gives the same numbers everywhere; its distributions do not.
class dice {
 public:
  explicit dice(unsigned seed) : engine_{seed} {}
  std::size_t roll(std::size_t sides) { return engine_() % sides; }
  template <std::size_t N>
  std::string_view pick(const std::array<std::string_view, N>& from) {
    return from[roll(N)];
  }

 private:
  std::mt19937 engine_;
};

constexpr std::array<std::string_view, 48> words{
    "the",   "of",    "harbour", "and",    "a",      "to",     "lantern", "in",        "is",      "night",
    "water", "stone", "that",    "was",    "he",     "she",    "it",      "morning",   "for",     "letter",
    "with",  "on",    "river",   "window", "never",  "always", "their",   "garden",    "winter",  "said",
    "at",    "by",    "not",     "but",    "from",   "they",   "which",   "would",     "silence", "street",
    "old",   "small", "between", "under",  "before", "answer", "light",   "remembered"};

std::string make_sentence(dice& chance, std::size_t length) {
  std::string text;
  for (std::size_t i = 0; i < length; ++i) {
    if (i != 0) text += chance.roll(9) == 0 ? ", " : " ";
    text += chance.pick(words);
  }
  text[0] = static_cast<char>(text[0] - 'a' + 'A');
  return text += ". ";
}

// A book says many things more than once. (Text without repetitions would take a compressor most of the time of
// a whole run, and test no more of it.)
std::vector<std::string> make_paragraphs(dice& chance, std::size_t count, std::size_t sentences) {
  std::vector<std::string> paragraphs(count);
  for (std::string& paragraph : paragraphs) {
    for (std::size_t i = 0; i < sentences; ++i) paragraph += make_sentence(chance, 5 + chance.roll(12));
  }
  return paragraphs;
}

std::string prose() {
  dice chance{1};
  const std::vector<std::string> paragraphs = make_paragraphs(chance, 40, 6);
  std::string text;
  while (text.size() < content_size) text.append(paragraphs[chance.roll(paragraphs.size())]).append("\n\n");
  return text;
}

// What a feed of prices looks like: the same keys in each object, numbers that hardly change.
std::string json() {
  constexpr std::array<std::string_view, 8> names{"alpha", "beta",  "gamma", "delta",
                                                  "omega", "sigma", "kappa", "theta"};
  dice chance{2};
  std::array<std::size_t, 8> prices{10125, 99870, 5512, 70031, 45000, 31337, 8080, 64209};
  std::string text = "[";
  for (std::size_t number = 0; text.size() < content_size; ++number) {
    const std::size_t which = number % names.size();
    prices[which] += chance.roll(7);
    text.append("{\"type\":\"ticker\",\"sequence\":").append(std::to_string(1'000'000 + number));
    text.append(",\"product\":\"").append(names[which]).append("-EUR\",\"price\":\"");
    text.append(std::to_string(prices[which] / 100))
        .append(".")
        .append(std::to_string(10 + prices[which] % 90));
    text.append("\",\"side\":\"").append(chance.roll(2) == 0 ? "buy" : "sell");
    text.append("\",\"time\":\"2024-02-29T12:00:00.000000Z\",\"size\":\"0.25000000\"},\n");
  }
  return text;
}

std::string html() {
  dice chance{3};
  const std::vector<std::string> paragraphs = make_paragraphs(chance, 40, 3);
  std::string text = "<!DOCTYPE html>\n<html lang=\"en\">\n<body>\n<table class=\"report\">\n";
  for (std::size_t row = 0; text.size() < content_size; ++row) {
    const std::string number = std::to_string(row);
    text.append("  <tr class=\"row ")
        .append(row % 2 == 0 ? "even" : "odd")
        .append("\">\n    <td class=\"number\"><a href=\"#row-");
    text.append(number).append("\">").append(number).append("</a></td>\n    <td class=\"text\">");
    text += paragraphs[chance.roll(paragraphs.size())];
    text.append("</td>\n  </tr>\n");
  }
  return text;
}

// Greek, Cyrillic, Chinese and faces: code points of two, three and four octets. Each group of four octets
// is whole: two of two, one of three and a blank, or one of four.
std::string utf8() {
  constexpr std::array<std::string_view, 12> groups{"κό",  "σμ",  "ελ",  "мі", "да", "水 ",
                                                    "火 ", "風 ", "語 ", "😀", "🌊", "𝄞"};
  dice chance{4};
  std::vector<std::string> lines(24);
  for (std::string& line : lines) {
    for (std::size_t i = 0; i < 120; ++i) line += chance.pick(groups);
  }
  std::string text;
  while (text.size() < content_size) text += lines[chance.roll(lines.size())];
  return text;
}

// 512 x 512 grey dots: a sky, two suns with soft edges, and a strip of noise that does not compress.
std::string picture() {
  constexpr int side = 512;
  dice chance{5};
  std::string dots;
  dots.reserve(content_size);
  for (int y = 0; y < side; ++y) {
    for (int x = 0; x < side; ++x) {
      int grey = 32 + (y / 16) * 4;
      const int near = (x - 160) * (x - 160) + (y - 160) * (y - 160);
      const int far = (x - 380) * (x - 380) + (y - 300) * (y - 300);
      if (near < 100 * 100) grey = 250 - near / 400;
      if (far < 60 * 60) grey = 200 - far / 100;
      if (y >= 496) grey = static_cast<int>(chance.roll(256));
      dots.push_back(static_cast<char>(grey));
    }
  }
  return dots;
}

struct entry {
  std::string_view name;
  std::string (*make)();
  std::once_flag once;
  std::string made;
};

// Text that is longer than needed is cut; all but utf8 (whose size fits) is ASCII.
std::string fitted(std::string text) {
  text.resize(content_size, ' ');
  return text;
}

entry* find_entry(std::string_view name) noexcept {
  static std::array<entry, 5> all{{{"json", json, {}, {}},
                                   {"picture", picture, {}, {}},
                                   {"prose", prose, {}, {}},
                                   {"html", html, {}, {}},
                                   {"utf8", utf8, {}, {}}}};
  const auto found = std::ranges::find(all, name, &entry::name);
  return found == all.end() ? nullptr : &*found;
}

}  // namespace

bool is_content(std::string_view name) noexcept { return find_entry(name) != nullptr; }

const std::string& content(std::string_view name) {
  static const std::string none;
  entry* const found = find_entry(name);
  if (found == nullptr) return none;
  std::call_once(found->once, [found] { found->made = fitted(found->make()); });
  return found->made;
}

std::string cut_content(std::string_view name, std::uint64_t at, std::uint64_t size) {
  const std::string& whole = content(name);
  std::string part;
  part.reserve(size);
  at %= content_size;
  while (part.size() < size) {
    part.append(whole, at, size - part.size());
    at = 0;
  }
  return part;
}

}  // namespace conformance
