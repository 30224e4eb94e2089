// What a peer says, so that it can be shown.
#pragma once

#include <string>
#include <string_view>

enum class line_breaks { keep, escape };

/// The text with escapes ("\x1b", "\u202e") for what a terminal would obey or a reader would be misled
/// by: control characters (tabs apart, and line breaks where they are kept), changes of the writing
/// direction, line and paragraph separators, octets that are no UTF-8.
std::string escape(std::string_view text, line_breaks breaks);

/// "68 65 6c 6c 6f", and "..." behind that when there is more than `most` octets.
std::string hexadecimal(std::string_view octets, std::size_t most);
