// How fast the protocol core is: masking and UTF-8 in bytes a second, small frames in time a frame.
#include <benchmark/benchmark.h>

#include <cstddef>
#include <string>
#include <vector>

#include "websock/protocol/connection.hpp"
#include "websock/protocol/mask.hpp"
#include "websock/protocol/utf8.hpp"

namespace websock::protocol {
namespace {

constexpr masking_key some_key = 0x37FA213D;

void count_bytes(benchmark::State& state, std::size_t bytes) {
  state.SetBytesProcessed(static_cast<std::int64_t>(state.iterations()) * static_cast<std::int64_t>(bytes));
}

void count_frames(benchmark::State& state, int frames) {
  state.counters["per_frame"] =
      benchmark::Counter(frames, benchmark::Counter::kIsIterationInvariantRate | benchmark::Counter::kInvert);
}

void mask_in_place(benchmark::State& state) {
  std::vector<std::byte> payload(static_cast<std::size_t>(state.range(0)));
  for (auto _ : state) {
    apply_mask(payload, some_key);
    benchmark::ClobberMemory();
  }
  count_bytes(state, payload.size());
}
BENCHMARK(mask_in_place)->Arg(64)->Arg(1 << 10)->Arg(16 << 10)->Arg(1 << 20);

void mask_copying(benchmark::State& state) {
  const std::vector<std::byte> from(static_cast<std::size_t>(state.range(0)));
  std::vector<std::byte> to(from.size());
  for (auto _ : state) {
    copy_masked(to.data(), from, some_key);
    benchmark::ClobberMemory();
  }
  count_bytes(state, from.size());
}
BENCHMARK(mask_copying)->Arg(64)->Arg(1 << 10)->Arg(16 << 10)->Arg(1 << 20);

void validate(benchmark::State& state, std::string_view letters) {
  std::string text;
  while (text.size() < static_cast<std::size_t>(state.range(0))) text += letters;
  for (auto _ : state) {
    utf8_validator validator;
    benchmark::DoNotOptimize(validator.feed(as_bytes(text)));
  }
  count_bytes(state, text.size());
}
BENCHMARK_CAPTURE(validate, ascii, "plain text")->Arg(64)->Arg(1 << 10)->Arg(16 << 10)->Arg(1 << 20);
BENCHMARK_CAPTURE(validate, multibyte, "aé€日本語𐍈")->Arg(64)->Arg(1 << 10)->Arg(16 << 10)->Arg(1 << 20);

// What `sender` puts on the wire for `count` messages.
std::vector<std::byte> frames_of(role sender, opcode kind, std::size_t size, int count) {
  connection endpoint{sender, {}};
  const std::string payload(size, 'x');
  for (int i = 0; i < count; ++i) {
    if (endpoint.send(kind, as_bytes(payload))) std::abort();
  }
  const bytes_view output = endpoint.output();
  return {output.begin(), output.end()};
}

void frames_in(benchmark::State& state, role receiver, opcode kind) {
  constexpr int burst = 256;
  const role sender = receiver == role::server ? role::client : role::server;
  const auto wire = frames_of(sender, kind, static_cast<std::size_t>(state.range(0)), burst);
  connection endpoint{receiver, {}};
  for (auto _ : state) {
    bytes_view input = wire;
    while (true) {
      const event found = endpoint.next(input);
      if (found.what == event::kind::none) break;
      benchmark::DoNotOptimize(found.content.bytes().data());
    }
  }
  count_frames(state, burst);
}
BENCHMARK_CAPTURE(frames_in, server_binary, role::server, opcode::binary)
    ->Arg(64)
    ->Arg(1 << 10)
    ->Arg(16 << 10);
BENCHMARK_CAPTURE(frames_in, server_text, role::server, opcode::text)->Arg(64)->Arg(1 << 10)->Arg(16 << 10);
BENCHMARK_CAPTURE(frames_in, client_binary, role::client, opcode::binary)->Arg(64);
BENCHMARK_CAPTURE(frames_in, client_text, role::client, opcode::text)->Arg(64);

// `burst` frames gathered in the output, then all of it written.
void frames_out(benchmark::State& state, role sender, int burst) {
  connection endpoint{sender, {}};
  const std::string payload(64, 'x');
  for (auto _ : state) {
    for (int i = 0; i < burst; ++i) {
      benchmark::DoNotOptimize(endpoint.send(opcode::binary, as_bytes(payload)));
    }
    benchmark::DoNotOptimize(endpoint.output().data());
    endpoint.consume_output(endpoint.output().size());
  }
  count_frames(state, burst);
}
BENCHMARK_CAPTURE(frames_out, server_gathered, role::server, 16);
BENCHMARK_CAPTURE(frames_out, server_single, role::server, 1);
BENCHMARK_CAPTURE(frames_out, client_gathered, role::client, 16);
BENCHMARK_CAPTURE(frames_out, client_single, role::client, 1);

}  // namespace
}  // namespace websock::protocol
