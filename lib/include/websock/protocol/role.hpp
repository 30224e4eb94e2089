// Which of the two endpoints we are.
#pragma once

#include <cstdint>

namespace websock::protocol {

/// Decides who masks (section 5.1) and who ends TCP first (section 7.1.1).
enum class role : std::uint8_t { server, client };

}  // namespace websock::protocol
