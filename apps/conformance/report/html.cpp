#include "report/html.hpp"

#include "embedded.hpp"
#include "report/text.hpp"

namespace conformance {

std::string html_page(std::string_view title, std::string_view styles, std::string_view body) {
  std::string page =
      "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
      "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"
      "<meta name=\"color-scheme\" content=\"light dark\">\n";
  page += html_element("title", "", to_markup(title)) + "\n<style>";
  page.append(embedded("report/style.css"))
      .append(styles)
      .append("</style>\n</head>\n<body>\n")
      .append(body)
      .append("</body>\n</html>\n");
  return page;
}

std::string_view html_class(verdict value) noexcept {
  switch (value) {
    case verdict::ok:
      return "ok";
    case verdict::non_strict:
      return "non-strict";
    case verdict::informational:
      return "info";
    case verdict::unimplemented:
      return "unimplemented";
    case verdict::failed:
      return "failed";
    case verdict::unclean:
      return "unclean";
    case verdict::wrong_code:
      return "wrong-code";
    case verdict::failed_by_client:
      break;
  }
  return "by-client";
}

std::string_view html_label(verdict value) noexcept {
  switch (value) {
    case verdict::ok:
      return "Pass";
    case verdict::non_strict:
      return "Non-Strict";
    case verdict::informational:
      return "Informational";
    case verdict::unimplemented:
      return "Unimplemented";
    case verdict::failed:
      return "Fail";
    case verdict::unclean:
      return "Unclean";
    case verdict::wrong_code:
      return "Wrong Code";
    case verdict::failed_by_client:
      break;
  }
  return "Failed by Client";
}

std::string html_element(std::string_view name, std::string_view css_class, std::string_view inner) {
  std::string text{"<"};
  text.append(name);
  if (!css_class.empty()) text.append(" class=\"").append(css_class).append("\"");
  return text.append(">").append(inner).append("</").append(name).append(">");
}

}  // namespace conformance
