// What the pages of a report have in common. They are static and need nothing but themselves.
#pragma once

#include <string>
#include <string_view>

#include "run/verdict.hpp"

namespace conformance {

/// A whole document. `title` is text, `styles` the rules beside those that all pages have, `body` is HTML.
std::string html_page(std::string_view title, std::string_view styles, std::string_view body);

/// The class of the style sheet: "ok", "non-strict", ... "missing" for none.
std::string_view html_class(verdict value) noexcept;

/// As a reader sees it: "Pass", "Non-Strict", "Informational"...
std::string_view html_label(verdict value) noexcept;

/// <name class="...">inner</name>; `inner` is HTML.
std::string html_element(std::string_view name, std::string_view css_class, std::string_view inner);

}  // namespace conformance
