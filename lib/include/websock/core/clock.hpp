// <chrono>'s durations and clocks.
#pragma once

// In C++20 <chrono> has calendars, time zones and streams, too, which would be a fifth of what a user's file compiles.
// libstdc++ keeps durations and clocks in a header of their own.
#if __has_include(<bits/chrono.h>)
#include <bits/chrono.h>
#else
#include <chrono>
#endif
