// How fast permessage-deflate is: one message compressed or inflated, and how many bytes it takes on the wire.
#include <benchmark/benchmark.h>

#include <cstddef>
#include <cstdlib>
#include <random>
#include <string>
#include <vector>

#include "websock/protocol/connection.hpp"

namespace websock::protocol {
namespace {

// Records of an API: names that come again, numbers that do not.
std::string json(std::size_t size, unsigned seed) {
  std::mt19937 random{seed};
  std::string text = "[";
  while (text.size() < size) {
    const std::string id = std::to_string(random() % 1'000'000);
    text += R"({"id": )" + id + R"(, "type": "message", "user": {"name": "user)" +
            std::to_string(random() % 100) + R"(", "active": )" + (random() % 2 == 0 ? "true" : "false") +
            R"(}, "created_at": "2024-05-)" + std::to_string(10 + random() % 20) + R"(T12:)" +
            std::to_string(10 + random() % 50) + R"(:00Z", "score": )" + std::to_string(random() % 1000) +
            "." + std::to_string(random() % 100) + "}, ";
  }
  text.resize(size);
  return text;
}

// As many as no window holds, so that one that is taken over meets something new.
constexpr unsigned number = 64;

std::vector<std::string> messages_of(std::size_t size) {
  std::vector<std::string> messages;
  for (unsigned seed = 1; seed <= number; ++seed) messages.push_back(json(size, seed));
  return messages;
}

void enable(connection& endpoint, bool takeover) {
  if (endpoint.enable_deflate({!takeover, !takeover, 15, 15}, {})) std::abort();
}

void deflate_out(benchmark::State& state, bool takeover) {
  const auto messages = messages_of(static_cast<std::size_t>(state.range(0)));
  connection server{role::server, {}};
  enable(server, takeover);
  std::size_t sent = 0;
  std::size_t next = 0;
  for (auto _ : state) {
    if (server.send(opcode::text, as_bytes(messages[next++ % messages.size()]))) std::abort();
    sent += server.output().size();
    server.consume_output(server.output().size());
  }
  state.counters["wire_bytes"] =
      benchmark::Counter(static_cast<double>(sent), benchmark::Counter::kAvgIterations);
}
BENCHMARK_CAPTURE(deflate_out, takeover, true)->Arg(1 << 10)->Arg(64 << 10);
BENCHMARK_CAPTURE(deflate_out, no_takeover, false)->Arg(1 << 10)->Arg(64 << 10);

// All of them in turn; with takeover each round is what one connection sends from its beginning.
void inflate_in(benchmark::State& state, bool takeover) {
  const auto messages = messages_of(static_cast<std::size_t>(state.range(0)));
  connection client{role::client, {}};
  enable(client, takeover);
  for (const std::string& message : messages) {
    if (client.send(opcode::text, as_bytes(message))) std::abort();
  }
  const std::vector<std::byte> wire{client.output().begin(), client.output().end()};
  connection server{role::server, {}};
  enable(server, takeover);
  for (auto _ : state) {
    bytes_view input = wire;
    for (std::size_t i = 0; i < messages.size(); ++i) {
      if (server.next(input).what != event::kind::message) std::abort();
    }
  }
  state.counters["per_message"] =
      benchmark::Counter(number, benchmark::Counter::kIsIterationInvariantRate | benchmark::Counter::kInvert);
}
BENCHMARK_CAPTURE(inflate_in, takeover, true)->Arg(1 << 10)->Arg(64 << 10);
BENCHMARK_CAPTURE(inflate_in, no_takeover, false)->Arg(1 << 10)->Arg(64 << 10);

}  // namespace
}  // namespace websock::protocol
