// The peer as a server.
#pragma once

#include "fault.hpp"

namespace broken {

/// Serves connections at a port of the loopback that the system chooses, and says which. Never returns.
int serve(fault broken);

}  // namespace broken
