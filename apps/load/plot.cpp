#include "plot.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdio>
#include <string_view>

#include "units.hpp"

namespace load {
namespace {

constexpr double width = 860;
constexpr double height = 420;
constexpr double left = 92;
constexpr double right = width - 76;
constexpr double top = 48;
constexpr double bottom = height - 52;

struct curve {
  const char* name;
  const char* style;
  std::uint64_t percentiles::* value;
};

constexpr std::array<curve, 4> curves{{{"p50", "a", &percentiles::p50},
                                       {"p90", "b", &percentiles::p90},
                                       {"p99", "c", &percentiles::p99},
                                       {"p99.9", "d", &percentiles::p999}}};

const char* const style =
    "<style>"
    "text{font:13px system-ui,sans-serif;fill:#24292f}.title{font-weight:600;font-size:15px}"
    ".page{fill:#fff}.grid{stroke:#d0d7de}.axis{stroke:#57606a}"
    "polyline{fill:none;stroke-width:2;stroke-linejoin:round}"
    ".a{stroke:#0969da}.b{stroke:#1a7f37}.c{stroke:#bc4c00}.d{stroke:#a40e8b}"
    "text.a{fill:#0969da}text.b{fill:#1a7f37}text.c{fill:#bc4c00}text.d{fill:#a40e8b}text.a,text.b,text.c,"
    "text.d{stroke:none}"
    "@media(prefers-color-scheme:dark){text{fill:#e6edf3}.page{fill:#0d1117}.grid{stroke:#30363d}.axis{"
    "stroke:#8b949e}"
    ".a{stroke:#58a6ff}.b{stroke:#3fb950}.c{stroke:#f0883e}.d{stroke:#f778ba}"
    "text.a{fill:#58a6ff}text.b{fill:#3fb950}text.c{fill:#f0883e}text.d{fill:#f778ba}}"
    "</style>\n";

std::string escape_xml(std::string_view text) {
  std::string escaped;
  for (const char each : text) {
    switch (each) {
      case '&':
        escaped += "&amp;";
        break;
      case '<':
        escaped += "&lt;";
        break;
      case '>':
        escaped += "&gt;";
        break;
      default:
        // XML has no control characters.
        escaped += static_cast<unsigned char>(each) < ' ' ? ' ' : each;
    }
  }
  return escaped;
}

std::string number(double value) {
  std::array<char, 32> text{};
  std::snprintf(text.data(), text.size(), "%.1f", value);
  return text.data();
}

std::string line(double x1, double y1, double x2, double y2, const char* kind) {
  return "<line class=\"" + std::string{kind} + "\" x1=\"" + number(x1) + "\" y1=\"" + number(y1) +
         "\" x2=\"" + number(x2) + "\" y2=\"" + number(y2) + "\"/>\n";
}

std::string text(double x, double y, const char* anchor, std::string_view what, const char* kind = "label") {
  return "<text class=\"" + std::string{kind} + "\" x=\"" + number(x) + "\" y=\"" + number(y) +
         "\" text-anchor=\"" + anchor + "\">" + escape_xml(what) + "</text>\n";
}

// From values to places in the picture.
class axes {
 public:
  explicit axes(const std::vector<interval>& intervals) {
    double least = 1e18;
    double most = 0;
    for (const interval& one : intervals) {
      end_ = std::max(end_, one.to);
      if (one.count == 0) continue;
      least = std::min(least, static_cast<double>(std::max<std::uint64_t>(one.latency.p50, 1)));
      most = std::max(most, static_cast<double>(one.latency.p999));
    }
    if (most == 0) least = most = 1e6;  // nothing was measured
    bottom_power_ = std::floor(std::log10(least));
    top_power_ = std::max(std::ceil(std::log10(most)), bottom_power_ + 1);
  }

  [[nodiscard]] double x(double seconds) const { return left + (right - left) * seconds / end_; }
  [[nodiscard]] double y(double nanoseconds) const {
    const double share = (std::log10(nanoseconds) - bottom_power_) / (top_power_ - bottom_power_);
    return bottom - (bottom - top) * share;
  }

  [[nodiscard]] std::string draw() const;

 private:
  [[nodiscard]] std::string draw_time() const;
  [[nodiscard]] std::string draw_latency() const;

  double end_ = 1e-3;  // seconds
  double bottom_power_ = 0;  // of ten, in nanoseconds
  double top_power_ = 0;
};

// About six steps of 1, 2 or 5 times a power of ten.
double step_for(double range) {
  const double rough = range / 6;
  const double power = std::pow(10, std::floor(std::log10(rough)));
  for (const double factor : {1.0, 2.0, 5.0}) {
    if (power * factor >= rough) return power * factor;
  }
  return power * 10;
}

std::string axes::draw_time() const {
  std::string drawn;
  const double step = step_for(end_);
  for (int tick = 0; tick * step <= end_ * 1.0001; ++tick) {
    std::array<char, 32> label{};
    std::snprintf(label.data(), label.size(), "%g", tick * step);
    drawn += line(x(tick * step), bottom, x(tick * step), bottom + 5, "axis");
    drawn += text(x(tick * step), bottom + 20, "middle", label.data());
  }
  return drawn + line(left, bottom, right, bottom, "axis") +
         text((left + right) / 2, height - 12, "middle", "time since the measuring began (s)");
}

std::string axes::draw_latency() const {
  std::string drawn;
  const bool is_fine = top_power_ - bottom_power_ <= 2;
  for (double power = bottom_power_; power <= top_power_; ++power) {
    for (const double factor : {1.0, 2.0, 5.0}) {
      const double value = factor * std::pow(10, power);
      if ((factor > 1 && !is_fine) || value > std::pow(10, top_power_) * 1.0001) continue;
      drawn += line(left, y(value), right, y(value), "grid");
      drawn +=
          text(left - 8, y(value) + 4, "end", format_time(static_cast<std::uint64_t>(std::llround(value))));
    }
  }
  const std::string turn = "rotate(-90 16 " + number((top + bottom) / 2) + ")";
  return drawn + "<text x=\"16.0\" y=\"" + number((top + bottom) / 2) +
         "\" text-anchor=\"middle\" transform=\"" + turn + "\">latency (logarithmic)</text>\n";
}

std::string axes::draw() const { return draw_latency() + draw_time(); }

// One point an interval, in its middle; intervals without messages are left out.
std::string draw_curve(const axes& place, const std::vector<interval>& intervals, const curve& which) {
  std::string points;
  double last = 0;
  for (const interval& one : intervals) {
    if (one.count == 0) continue;
    last = place.y(static_cast<double>(std::max<std::uint64_t>(one.latency.*which.value, 1)));
    if (!points.empty()) points += ' ';
    points += number(place.x((one.from + one.to) / 2)) + "," + number(last);
  }
  if (points.empty()) return {};
  return "<polyline class=\"" + std::string{which.style} + "\" points=\"" + points + "\"><title>" +
         which.name + "</title></polyline>\n";
}

std::string draw_legend() {
  std::string drawn;
  double x = right - 240;
  for (const curve& one : curves) {
    drawn +=
        line(x, top - 16, x + 18, top - 16, one.style) + text(x + 23, top - 12, "start", one.name, one.style);
    x += 64;
  }
  return drawn;
}

}  // namespace

std::string plot(const std::vector<interval>& intervals, const std::string& title) {
  const axes place{intervals};
  std::string drawn =
      "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 860 420\" role=\"img\">\n<title>" +
      escape_xml(title) + "</title>\n" + style + "<rect class=\"page\" width=\"860\" height=\"420\"/>\n" +
      text(left, 22, "start", title, "title") + place.draw() + draw_legend();
  for (const curve& one : curves) drawn += draw_curve(place, intervals, one);
  return drawn + "</svg>\n";
}

}  // namespace load
