// Runs vectors: bytes in, what must come out, in both roles and however the bytes are split.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "support/catch.hpp"
#include "websock/protocol/connection.hpp"

namespace websock::protocol::testing {

/// "81 05 48656c6c6f" as the octets that it names; blanks do not count.
std::string hex(std::string_view digits);
std::string to_hex(std::string_view octets);

/// A frame without mask, with the shortest form of its length.
std::string frame(unsigned first_octet, std::string_view payload);
inline std::string text(std::string_view payload) { return frame(0x81, payload); }
inline std::string binary(std::string_view payload) { return frame(0x82, payload); }
inline std::string first_text(std::string_view payload) { return frame(0x01, payload); }
inline std::string first_binary(std::string_view payload) { return frame(0x02, payload); }
inline std::string middle(std::string_view payload) { return frame(0x00, payload); }
inline std::string last(std::string_view payload) { return frame(0x80, payload); }
inline std::string ping(std::string_view payload) { return frame(0x89, payload); }
inline std::string pong(std::string_view payload) { return frame(0x8A, payload); }
inline std::string close(std::string_view payload = {}) { return frame(0x88, payload); }
/// A Close frame with a code.
std::string close(unsigned code, std::string_view reason = {});

/// The same frames as a client would send them: mask bits set, payloads masked with keys of `seed`.
/// Follows the lengths as they are written, also where they are wrong; what is cut short stays so.
std::string masked(std::string_view frames, std::uint32_t seed = 0x37FA213D);
/// The way back; fails the test when a frame is not masked.
std::string unmasked(std::string_view frames);

/// A line of a log: "text Hello", "binary 00ff", "ping abc", "failure message_too_big", ... Long
/// payloads appear as their size and a hash.
std::string line(std::string_view what, std::string_view payload);

/// Feeds a connection and writes down in order what happens: events as above, and before each of them
/// "out 8a03616263" when octets wait in the output (without mask). Takes the output as it comes.
class recorder {
 public:
  explicit recorder(role role, const limits& limits = {}) : endpoint{role, limits} {}

  /// `octets` as a peer of ours would send them are in one piece; `direct` uses take_message,
  /// and prepare and commit where they are offered, as a session does.
  void feed(std::string_view octets, bool direct = false);
  void drain();

  connection endpoint;
  std::vector<std::string> log;

 private:
  event next(bytes_view& input, bool direct);
  void take(bytes_view& input, bool direct);
};

/// What happens to whom, as the log of a recorder says it.
struct vector {
  std::string id;
  std::string section;
  std::string in;  // without masks
  std::vector<std::string> log;
};

using prologue = void (*)(connection&);

/// Checks a vector in both roles: whole, cut at every octet (at a sample of them if it is long), and
/// octet by octet. `before` prepares each connection.
void check(const vector& vector, const limits& limits = {}, prologue before = nullptr);

}  // namespace websock::protocol::testing
