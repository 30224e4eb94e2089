#include "report.hpp"

#include <nlohmann/json.hpp>

#include "units.hpp"

namespace load {
namespace {

using json = nlohmann::ordered_json;

const char* kind_name(run_kind kind) {
  switch (kind) {
    case run_kind::closed_loop:
      return "closed_loop";
    case run_kind::open_loop:
      return "open_loop";
    case run_kind::idle:
      return "idle";
    case run_kind::connect:
      return "connect";
  }
  return "";
}

const char* payload_name(payload_kind kind) {
  switch (kind) {
    case payload_kind::json:
      return "json";
    case payload_kind::random:
      return "random";
    case payload_kind::ascii:
      return "ascii";
    case payload_kind::utf8:
      return "utf8";
  }
  return "";
}

const char* verify_name(verification how) {
  return how == verification::full ? "full" : how == verification::length ? "length" : "none";
}

const char* type_name(websock::opcode type) { return type == websock::opcode::text ? "text" : "binary"; }

bool has_exchanged(const options& wanted) {
  return wanted.kind == run_kind::closed_loop || wanted.kind == run_kind::open_loop;
}

double in_microseconds(std::uint64_t nanoseconds) { return static_cast<double>(nanoseconds) / 1000; }

double per_second(const results& found) {
  return found.seconds > 0 ? static_cast<double>(found.latency.count()) / found.seconds : 0;
}

json to_object(const percentiles& values) {
  return {{"p50", in_microseconds(values.p50)},      {"p90", in_microseconds(values.p90)},
          {"p99", in_microseconds(values.p99)},      {"p99_9", in_microseconds(values.p999)},
          {"p99_99", in_microseconds(values.p9999)}, {"max", in_microseconds(values.max)}};
}

json to_object(const histogram& measured) {
  json object = to_object(measured.summarize());
  object["mean"] = measured.mean() / 1000;
  return object;
}

json deflate_object(const options& wanted) {
  const auto& deflate = wanted.connect.session.permessage_deflate;
  if (!deflate) return nullptr;
  return {{"level", deflate->level},
          {"memory_level", deflate->memory_level},
          {"threshold", deflate->threshold},
          {"server_max_window_bits", deflate->wanted.server_max_window_bits},
          {"client_max_window_bits", deflate->wanted.client_max_window_bits},
          {"server_no_context_takeover", deflate->wanted.server_no_context_takeover},
          {"client_no_context_takeover", deflate->wanted.client_no_context_takeover}};
}

void add_settings(json& object, const options& wanted) {
  object["mode"] = kind_name(wanted.kind);
  if (!wanted.label.empty()) object["label"] = wanted.label;
  object["connections"] = wanted.connections;
  object["threads"] = wanted.threads;
  object["deflate"] = deflate_object(wanted);
  if (wanted.kind == run_kind::connect) return;
  object["size"] = wanted.size;
  object["type"] = type_name(wanted.type);
  object["payload"] = payload_name(wanted.payload);
  object["verify"] = verify_name(wanted.verify);
  if (has_exchanged(wanted)) object["depth"] = wanted.depth;
  if (wanted.kind == run_kind::open_loop) object["rate"] = wanted.rate;
}

void add_exchange(json& object, const options& wanted, const results& found) {
  object["messages"] = found.latency.count();
  object["messages_per_second"] = per_second(found);
  object["megabytes_per_second"] = per_second(found) * static_cast<double>(wanted.size) * 1e-6;
  object["octets_in_per_message"] = found.octets_in_per_message ? json(*found.octets_in_per_message) : json();
  object["latency_us"] = to_object(found.latency);
}

void add_cycles(json& object, const results& found) {
  object["cycles"] = found.latency.count();
  object["cycles_per_second"] = per_second(found);
  object["cycle_us"] = to_object(found.latency);
}

std::int64_t bytes_each(std::uint64_t before, std::uint64_t after, std::size_t connections) {
  const auto grown = static_cast<std::int64_t>(after) - static_cast<std::int64_t>(before);
  return grown / static_cast<std::int64_t>(connections);
}

void add_idle(json& object, const options& wanted, const results& found) {
  object["still_open"] = found.still_open;
  if (!found.memory) return;
  const idle_memory& memory = *found.memory;
  json sizes{{"before", memory.before},
             {"open", memory.open},
             {"bytes_per_connection", bytes_each(memory.before, memory.open, wanted.connections)}};
  if (memory.touched) {
    sizes["touched"] = *memory.touched;
    sizes["touched_bytes_per_connection"] = bytes_each(memory.before, *memory.touched, wanted.connections);
  }
  object["memory"] = std::move(sizes);
}

json server_object(const options& wanted, const results& found) {
  json object{{"pid", *wanted.pid},
              {"cpu_seconds", *found.server_cpu_seconds},
              {"utilisation", *found.server_cpu_seconds / found.seconds},
              {"resident_bytes", found.server->resident_bytes},
              {"peak_resident_bytes", found.server->peak_resident_bytes},
              {"threads", found.server->threads}};
  if (found.latency.count() != 0) {
    object[wanted.kind == run_kind::connect ? "cpu_us_per_cycle" : "cpu_us_per_message"] =
        *found.server_cpu_seconds * 1e6 / static_cast<double>(found.latency.count());
  }
  return object;
}

json interval_objects(const results& found) {
  json all = json::array();
  for (const interval& one : found.intervals) {
    all.push_back(
        {{"from", one.from}, {"to", one.to}, {"count", one.count}, {"latency_us", to_object(one.latency)}});
  }
  return all;
}

std::string percentile_line(const char* name, const percentiles& values) {
  return std::string{name} + "p50 " + format_time(values.p50) + ", p90 " + format_time(values.p90) +
         ", p99 " + format_time(values.p99) + ", p99.9 " + format_time(values.p999) + ", p99.99 " +
         format_time(values.p9999) + ", max " + format_time(values.max) + "\n";
}

std::string in_seconds(double seconds) { return format_time(static_cast<std::uint64_t>(seconds * 1e9)); }

std::string amount_lines(const options& wanted, const results& found) {
  const std::string rate = format_count(per_second(found));
  const std::string count = std::to_string(found.latency.count());
  if (wanted.kind == run_kind::idle) {
    return "open        " + std::to_string(found.still_open) + " of " + std::to_string(wanted.connections) +
           " at the end, opened in " + in_seconds(found.opening_seconds) + "\n";
  }
  if (wanted.kind == run_kind::connect) {
    return "cycles      " + rate + "/s (" + count + " in " + in_seconds(found.seconds) + ")\n";
  }
  const auto bytes = static_cast<std::uint64_t>(per_second(found) * static_cast<double>(wanted.size));
  return "messages    " + rate + "/s, " + format_bytes(bytes) + "/s each way (" + count + " in " +
         in_seconds(found.seconds) + ")\n";
}

std::string server_lines(const options& wanted, const results& found) {
  std::string text;
  if (found.server_cpu_seconds && found.server) {
    text += "server      ";
    if (found.latency.count() != 0) {
      const double each = *found.server_cpu_seconds * 1e9 / static_cast<double>(found.latency.count());
      text += format_time(static_cast<std::uint64_t>(each)) + " of CPU each, ";
    }
    text += format_count(*found.server_cpu_seconds / found.seconds * 100) + " % of a processor, " +
            format_bytes(found.server->resident_bytes) + " resident\n";
  }
  if (found.memory) {
    const idle_memory& memory = *found.memory;
    text += "memory      " + std::to_string(bytes_each(memory.before, memory.open, wanted.connections)) +
            " B of the server for each connection";
    if (memory.touched) {
      text += ", " + std::to_string(bytes_each(memory.before, *memory.touched, wanted.connections)) +
              " B after a message";
    }
    text += "\n";
  }
  return text;
}

std::string failure_lines(const failures& found) {
  if (found.total() == 0) return "errors      none\n";
  return "errors      " + std::to_string(found.wrong) + " wrong, " + std::to_string(found.lost) + " lost, " +
         std::to_string(found.broken) + " connections broken\n            the first: " + found.first + "\n";
}

}  // namespace

std::string describe(const options& wanted) {
  std::string text =
      std::to_string(wanted.connections) + (wanted.connections == 1 ? " connection" : " connections");
  if (wanted.kind == run_kind::idle) return text + ", idle";
  if (wanted.kind == run_kind::connect) return text + " at a time: connect, handshake, close";
  text += ", " + format_bytes(wanted.size) + " " + type_name(wanted.type);
  if (wanted.connect.session.permessage_deflate) text += ", permessage-deflate";
  if (wanted.kind == run_kind::open_loop) return text + ", " + format_count(wanted.rate) + " messages/s";
  return text + ", " + std::to_string(wanted.depth) + " in flight";
}

std::string to_text(const options& wanted, const results& found) {
  std::string text =
      describe(wanted) + (found.is_interrupted ? " (interrupted)\n" : "\n") + amount_lines(wanted, found);
  if (wanted.kind != run_kind::idle) text += percentile_line("latency     ", found.latency.summarize());
  if (!has_exchanged(wanted)) text += percentile_line("handshakes  ", found.handshakes.summarize());
  if (found.octets_in_per_message) {
    text += "network     " + format_count(*found.octets_in_per_message) + " B in for each echo\n";
  }
  text += server_lines(wanted, found);
  text +=
      "client      " + format_count(found.client_cpu_seconds / found.seconds * 100) + " % of a processor\n";
  return text + failure_lines(found.found);
}

std::string to_json(const options& wanted, const results& found) {
  json object;
  add_settings(object, wanted);
  object["opening_seconds"] = found.opening_seconds;
  object["seconds"] = found.seconds;
  object["interrupted"] = found.is_interrupted;
  if (has_exchanged(wanted)) add_exchange(object, wanted, found);
  if (wanted.kind == run_kind::connect) add_cycles(object, found);
  if (wanted.kind == run_kind::idle) add_idle(object, wanted, found);
  object["handshake_us"] = to_object(found.handshakes);
  object["server"] = found.server_cpu_seconds && found.server ? server_object(wanted, found) : json();
  object["client"] = {{"cpu_seconds", found.client_cpu_seconds},
                      {"utilisation", found.client_cpu_seconds / found.seconds}};
  object["wrong"] = found.found.wrong;
  object["lost"] = found.found.lost;
  object["broken"] = found.found.broken;
  object["first_error"] = found.found.first.empty() ? json() : json(found.found.first);
  if (wanted.kind != run_kind::idle) object["intervals"] = interval_objects(found);
  return object.dump(-1, ' ', false, json::error_handler_t::replace);
}

}  // namespace load
