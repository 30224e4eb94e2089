#include "run.hpp"

#include <signal.h>

#include <algorithm>
#include <atomic>
#include <memory>
#include <thread>

#include "board.hpp"
#include "worker.hpp"

namespace load {
namespace {

using std::chrono::seconds;

constexpr int most_intervals = 100;
constexpr websock::duration shortest_interval{100};
constexpr seconds time_between_reports{1};
constexpr seconds end_guard{30};  // what is in flight, and the closing handshakes
constexpr websock::duration settling{500};  // of the server's memory
constexpr websock::duration glance{20};     // at signals

volatile std::sig_atomic_t interrupted = 0;

extern "C" void interrupt(int) { interrupted = 1; }

double to_seconds(load_clock::duration time) { return std::chrono::duration<double>{time}.count(); }

// What there is at one moment.
struct snapshot {
  explicit snapshot(const options& wanted)
      : server{wanted.pid ? usage_of(*wanted.pid) : std::nullopt},
        client_cpu_seconds{own_cpu_seconds()},
        octets{octets_received()} {}

  load_clock::time_point at = load_clock::now();
  std::optional<process_usage> server;
  double client_cpu_seconds;
  std::uint64_t octets;
};

class conductor {
 public:
  conductor(const options& wanted, const progress_function& show);
  conductor(const conductor&) = delete;
  conductor& operator=(const conductor&) = delete;

  results run();

 private:
  void start_threads();
  void open();
  void hold_idle();
  void measure();
  void measure_intervals(load_clock::time_point start);
  void end();
  void join();

  bool wait_until(load_clock::time_point deadline);
  [[nodiscard]] bool is_over();
  void report(load_clock::time_point start, load_clock::time_point now);
  void fill_in(const snapshot& before, const snapshot& after);
  [[nodiscard]] std::uint64_t measured() const;
  [[nodiscard]] std::uint64_t resident_bytes() const;
  void tell_all(void (worker::*what)()) {
    for (const auto& one : workers_) (one.get()->*what)();
  }

  const options& wanted_;
  const progress_function& show_;
  const std::vector<websock::prepared_message> messages_;
  recorder recorder_;
  board board_;
  std::vector<std::unique_ptr<worker>> workers_;
  std::vector<std::thread> threads_;
  results results_;
  load_clock::time_point last_report_;
  std::uint64_t last_count_ = 0;
  std::size_t interval_ = 0;
};

conductor::conductor(const options& wanted, const progress_function& show)
    : wanted_{wanted},
      show_{show},
      messages_{make_messages(wanted.type, wanted.payload, wanted.size,
                              wanted.connect.session.permessage_deflate.has_value())} {}

results conductor::run() {
  if (wanted_.pid) results_.memory.emplace().before = resident_bytes();
  start_threads();
  open();
  if (wanted_.kind == run_kind::idle) hold_idle();
  measure();
  end();
  join();
  results_.found = recorder_.found();
  results_.latency = recorder_.total();
  results_.handshakes = recorder_.handshakes();
  if (wanted_.kind != run_kind::idle) results_.memory.reset();
  if (const auto error = board_.now().error) std::rethrow_exception(error);
  return std::move(results_);
}

void conductor::start_threads() {
  for (std::size_t index = 0; index < wanted_.threads; ++index) {
    workers_.push_back(
        std::make_unique<worker>(wanted_, messages_, share_of(wanted_, index), recorder_, board_));
  }
  for (const auto& one : workers_) threads_.emplace_back([&one] { one->run(); });
}

void conductor::open() {
  const auto start = load_clock::now();
  const auto guard = start + seconds{60} + seconds{wanted_.connections / 500};
  const auto is_done = [this](const board::state& now) {
    return now.opened + now.ended >= threads_.size() || now.error || interrupted != 0;
  };
  while (!board_.wait_until(load_clock::now() + glance, is_done)) {
    if (load_clock::now() > guard) throw stuck_error{"the connections are still not open"};
  }
  results_.opening_seconds = to_seconds(load_clock::now() - start);
  tell_all(&worker::begin);
}

// Memory is looked at when the server has had the time to give back what it needed for a moment only.
void conductor::hold_idle() {
  wait_until(load_clock::now() + settling);
  if (results_.memory) results_.memory->open = resident_bytes();
  if (!wanted_.touch) return;
  tell_all(&worker::touch);
  const auto guard = load_clock::now() + end_guard;
  while (board_.now().touched < workers_.size() && !is_over() && load_clock::now() < guard) {
    wait_until(load_clock::now() + glance);
  }
  wait_until(load_clock::now() + settling);
  if (results_.memory) results_.memory->touched = resident_bytes();
}

void conductor::measure() {
  if (wanted_.kind != run_kind::idle) wait_until(load_clock::now() + wanted_.warm_up);
  const snapshot before{wanted_};
  measure_intervals(before.at);
  recorder_.set_interval(recorder::not_measuring);
  const snapshot after{wanted_};
  results_.is_interrupted = interrupted != 0;
  results_.still_open = board_.now().ended == 0 ? wanted_.connections - recorder_.found().broken : 0;
  fill_in(before, after);
}

void conductor::measure_intervals(load_clock::time_point start) {
  const auto length = std::max(shortest_interval, wanted_.duration / most_intervals);
  const auto stop = start + wanted_.duration;
  last_report_ = start;
  for (auto from = start; from < stop && !is_over();) {
    recorder_.set_interval(++interval_);
    wait_until(std::min<load_clock::time_point>(start + interval_ * length, stop));
    const auto to = load_clock::now();
    results_.intervals.push_back({to_seconds(from - start), to_seconds(to - start), 0, {}});
    if (to - last_report_ >= time_between_reports) report(start, to);
    from = to;
  }
}

// Until then, or until all is over; false: the latter.
bool conductor::wait_until(load_clock::time_point deadline) {
  while (load_clock::now() < deadline && !is_over()) {
    const auto next = std::min<load_clock::time_point>(deadline, load_clock::now() + shortest_interval);
    board_.wait_until(next, [this](const board::state& now) {
      return now.ended == threads_.size() || now.filled == threads_.size() || now.error;
    });
  }
  return !is_over();
}

bool conductor::is_over() {
  const board::state now = board_.now();
  return interrupted != 0 || now.error || now.ended == threads_.size() || now.filled == threads_.size();
}

void conductor::report(load_clock::time_point start, load_clock::time_point now) {
  const std::uint64_t count = measured();
  progress_report told;
  told.seconds = to_seconds(now - start);
  told.of = to_seconds(wanted_.duration);
  told.rate = static_cast<double>(count - last_count_) / to_seconds(now - last_report_);
  told.latency = recorder_.of_interval(interval_ - 1).summarize();
  told.failed = recorder_.found().total();
  last_count_ = count;
  last_report_ = now;
  show_(told);
}

void conductor::fill_in(const snapshot& before, const snapshot& after) {
  const std::uint64_t count = measured();
  results_.seconds = to_seconds(after.at - before.at);
  results_.client_cpu_seconds = after.client_cpu_seconds - before.client_cpu_seconds;
  results_.server = after.server;
  if (before.server && after.server) {
    results_.server_cpu_seconds = after.server->cpu_seconds - before.server->cpu_seconds;
  }
  const bool has_exchanged = wanted_.kind == run_kind::closed_loop || wanted_.kind == run_kind::open_loop;
  if (has_exchanged && count != 0 && after.octets > before.octets) {
    results_.octets_in_per_message =
        static_cast<double>(after.octets - before.octets) / static_cast<double>(count);
  }
}

void conductor::end() {
  tell_all(&worker::stop);
  const auto is_done = [this](const board::state& now) { return now.ended == threads_.size(); };
  if (!board_.wait_until(load_clock::now() + end_guard, is_done)) {
    throw stuck_error{"the connections are still not closed"};
  }
}

// What the threads measured is there once they have ended.
void conductor::join() {
  for (auto& one : threads_) one.join();
  for (std::size_t index = 0; index < results_.intervals.size(); ++index) {
    const histogram measured = recorder_.of_interval(index + 1);
    results_.intervals[index].count = measured.count();
    results_.intervals[index].latency = measured.summarize();
  }
}

std::uint64_t conductor::measured() const {
  std::uint64_t sum = 0;
  for (const auto& one : workers_) sum += one->measured();
  return sum;
}

std::uint64_t conductor::resident_bytes() const {
  const auto used = usage_of(*wanted_.pid);
  return used ? used->resident_bytes : 0;
}

}  // namespace

results conduct(const options& wanted, const progress_function& show) {
  interrupted = 0;
  ::signal(SIGINT, interrupt);
  ::signal(SIGTERM, interrupt);
  auto one = std::make_unique<conductor>(wanted, show);
  try {
    return one->run();
  } catch (const stuck_error&) {
    static_cast<void>(one.release());  // threads that nobody can end go on using it
    throw;
  }
}

}  // namespace load
