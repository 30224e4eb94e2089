#include "usage.hpp"

#include <linux/tcp.h>
#include <netinet/in.h>
#include <sys/resource.h>
#include <sys/socket.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <system_error>

namespace load {
namespace {

namespace fs = std::filesystem;

// The scheduler's own clock: exact, where the ticks of /proc/PID/stat are hundredths of a second.
double seconds_of_threads(const fs::path& process) {
  double seconds = 0;
  std::error_code gone;
  for (const auto& thread : fs::directory_iterator{process / "task", gone}) {
    std::ifstream file{thread.path() / "schedstat"};
    std::uint64_t nanoseconds = 0;
    if (file >> nanoseconds) seconds += static_cast<double>(nanoseconds) * 1e-9;
  }
  return seconds;
}

double in_seconds(const timeval& time) {
  return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) * 1e-6;
}

std::uint64_t octets_received_by(int descriptor) {
  tcp_info info{};
  socklen_t size = sizeof info;
  if (::getsockopt(descriptor, IPPROTO_TCP, TCP_INFO, &info, &size) != 0) return 0;
  return info.tcpi_bytes_received;
}

}  // namespace

std::optional<process_usage> usage_of(int pid) {
  const fs::path process = fs::path{"/proc"} / std::to_string(pid);
  std::ifstream status{process / "status"};
  if (!status) return std::nullopt;
  process_usage found;
  found.cpu_seconds = seconds_of_threads(process);
  for (std::string line; std::getline(status, line);) {
    std::istringstream words{line};
    std::string name;
    std::uint64_t value = 0;
    if (!(words >> name >> value)) continue;
    if (name == "VmRSS:") found.resident_bytes = value * 1024;
    if (name == "VmHWM:") found.peak_resident_bytes = value * 1024;
    if (name == "Threads:") found.threads = value;
  }
  return found;
}

double own_cpu_seconds() {
  rusage used{};
  ::getrusage(RUSAGE_SELF, &used);
  return in_seconds(used.ru_utime) + in_seconds(used.ru_stime);
}

std::uint64_t octets_received() {
  std::uint64_t sum = 0;
  std::error_code ignored;
  for (const auto& descriptor : fs::directory_iterator{"/proc/self/fd", ignored}) {
    sum += octets_received_by(std::atoi(descriptor.path().filename().c_str()));
  }
  return sum;
}

std::uint64_t raise_descriptor_limit() {
  rlimit limit{};
  if (::getrlimit(RLIMIT_NOFILE, &limit) != 0) return 0;
  limit.rlim_cur = limit.rlim_max;
  ::setrlimit(RLIMIT_NOFILE, &limit);
  return limit.rlim_cur;
}

}  // namespace load
