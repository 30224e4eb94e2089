// What the library logs.
#pragma once

#include <spdlog/sinks/ostream_sink.h>
#include <spdlog/spdlog.h>

#include <memory>
#include <sstream>
#include <string>

namespace support {

/// What the library logs while it lives. The logger is the program's, as for every user.
class captured_log {
 public:
  captured_log() {
    if (auto logger = spdlog::get("websock")) {
      logger->sinks() = {sink_};
    } else {
      spdlog::register_logger(std::make_shared<spdlog::logger>("websock", sink_));
    }
  }
  ~captured_log() { spdlog::get("websock")->sinks().clear(); }

  [[nodiscard]] std::string text() const { return stream_.str(); }

 private:
  std::ostringstream stream_;
  std::shared_ptr<spdlog::sinks::ostream_sink_mt> sink_ =
      std::make_shared<spdlog::sinks::ostream_sink_mt>(stream_);
};

}  // namespace support
