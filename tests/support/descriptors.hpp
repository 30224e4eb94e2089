// What the process holds open.
#pragma once

#include <cstddef>
#include <filesystem>
#include <system_error>

namespace support {

/// The sockets among the open descriptors.
inline std::size_t open_sockets() {
  std::size_t count = 0;
  for (const auto& entry : std::filesystem::directory_iterator{"/proc/self/fd"}) {
    std::error_code gone;  // the directory's own descriptor
    if (std::filesystem::read_symlink(entry, gone).string().starts_with("socket:")) ++count;
  }
  return count;
}

}  // namespace support
