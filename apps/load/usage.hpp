// What processes have used of the machine so far.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

namespace load {

/// Of another process, from /proc.
struct process_usage {
  double cpu_seconds = 0;  ///< user and kernel, of all of its threads that still run
  std::uint64_t resident_bytes = 0;
  std::uint64_t peak_resident_bytes = 0;
  std::uint64_t threads = 0;
};

/// Nothing when there is no such process, or it may not be looked at.
std::optional<process_usage> usage_of(int pid);

/// CPU time of this process, user and kernel.
double own_cpu_seconds();

/// Octets that the open TCP connections of this process have received: with heads of frames and TLS, without
/// the headers of TCP and IP.
std::uint64_t octets_received();

/// Raises the limit of open files to what is allowed, and says what that is.
std::uint64_t raise_descriptor_limit();

}  // namespace load
