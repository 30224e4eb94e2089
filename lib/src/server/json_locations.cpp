#include "server/json_locations.hpp"

#include <nlohmann/json.hpp>

namespace websock {

text_position position_at(std::string_view text, std::size_t offset) noexcept {
  text_position position;
  for (const char byte : text.substr(0, offset)) {
    if (byte == '\n') {
      ++position.line;
      position.column = 1;
    } else if ((static_cast<unsigned char>(byte) & 0xC0U) != 0x80U) {  // not inside a UTF-8 sequence
      ++position.column;
    }
  }
  return position;
}

std::string pointer_step(std::string_view key) {
  std::string step{"/"};
  for (const char character : key) {
    if (character == '~') {
      step += "~0";
    } else if (character == '/') {
      step += "~1";
    } else {
      step += character;
    }
  }
  return step;
}

json_locations::json_locations(std::string_view text) : text_{text} {
  if (text_.starts_with("\xEF\xBB\xBF")) at_ = 3;  // nlohmann_json skips a byte order mark, too
  walk();
}

json_locations::place json_locations::find(std::string pointer) const {
  while (true) {
    const auto found = places_.find(pointer);
    if (found != places_.end()) return found->second;
    if (pointer.empty()) return {};
    pointer.erase(pointer.rfind('/'));
  }
}

void json_locations::walk() {
  while (at_ < text_.size()) {
    switch (text_[at_]) {
      case '{':
        enter(false);
        break;
      case '[':
        enter(true);
        break;
      case '}':
      case ']':
        leave();
        break;
      case ',':
        if (!open_.empty()) open_.back().expects_key = !open_.back().is_array;
        ++at_;
        break;
      case ':':
      case ' ':
      case '\t':
      case '\r':
      case '\n':
        ++at_;
        break;
      case '"':
        if (!open_.empty() && open_.back().expects_key) {
          read_key();
        } else {
          begin_value();
          skip_string();
        }
        break;
      default:
        begin_value();
        skip_scalar();
    }
  }
}

void json_locations::enter(bool is_array) {
  container entered;
  entered.pointer = begin_value();
  entered.is_array = is_array;
  entered.expects_key = !is_array;
  open_.push_back(std::move(entered));
  ++at_;
}

void json_locations::leave() {
  if (!open_.empty()) open_.pop_back();
  ++at_;
}

void json_locations::read_key() {
  container& object = open_.back();
  object.key_offset = at_;
  const std::size_t start = at_;
  skip_string();
  const auto key = nlohmann::json::parse(text_.substr(start, at_ - start)).get<std::string>();
  object.member = pointer_step(key);
  object.expects_key = false;
}

void json_locations::skip_string() {
  for (++at_; at_ < text_.size() && text_[at_] != '"'; ++at_) {
    if (text_[at_] == '\\') ++at_;
  }
  ++at_;
}

void json_locations::skip_scalar() {
  const std::size_t end = text_.find_first_of(",]} \t\r\n", at_);
  at_ = end == std::string_view::npos ? text_.size() : end;
}

// Notes where a value starts, and returns its pointer.
std::string json_locations::begin_value() {
  std::string pointer;
  place where{at_, at_};
  if (!open_.empty()) {
    container& parent = open_.back();
    if (parent.is_array) {
      pointer = parent.pointer + "/" + std::to_string(parent.index++);
    } else {
      pointer = parent.pointer + parent.member;
      where.key = parent.key_offset;
    }
  }
  if (!places_.try_emplace(pointer, where).second && !repeated_) repeated_ = repetition{pointer, where.key};
  return pointer;
}

}  // namespace websock
