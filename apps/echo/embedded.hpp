// Files of this folder that are part of the program.
#pragma once

#include <string_view>

extern const std::string_view default_configuration;  ///< default.json
extern const std::string_view page;                   ///< page.html
