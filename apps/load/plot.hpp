// A picture of how latency went over the time of a run.
#pragma once

#include <string>
#include <vector>

#include "run.hpp"

namespace load {

/// An SVG document: p50, p90, p99 and p99.9 of each interval over time, latency on a logarithmic axis. Readable on
/// a light and on a dark page. `title` is any text.
std::string plot(const std::vector<interval>& intervals, const std::string& title);

}  // namespace load
