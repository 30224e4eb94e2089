#include "explain.hpp"

#include <algorithm>
#include <cstdint>
#include <cstdio>
#include <string_view>
#include <system_error>

#include "escape.hpp"
#include "websock/core/error.hpp"
#include "websock/http/syntax.hpp"

namespace {

using websock::errc;

constexpr std::size_t shown_body = 500;

std::string one_line(std::string_view text) { return escape(text, line_breaks::escape); }

// An HTML page of an error says most in its first lines. A carriage return at the end of one says nothing.
std::string body_start(const std::string& body) {
  if (body.empty()) return {};
  std::string shown = "\n  ";
  for (std::size_t index = 0; index < std::min(body.size(), shown_body); ++index) {
    if (body.compare(index, 2, "\r\n") == 0) continue;
    shown += body[index];
  }
  shown = escape(shown, line_breaks::keep);
  for (auto end = shown.find('\n', 1); end != std::string::npos; end = shown.find('\n', end + 1)) {
    shown.insert(end + 1, "  ");
  }
  shown.erase(shown.find_last_not_of(" \n") + 1);
  if (body.size() > shown_body) shown += "\n  [" + std::to_string(body.size() - shown_body) + " more bytes]";
  return shown;
}

std::string hint_at(const websock::handshake_error& refused) {
  const bool by_proxy = refused.code() == errc::proxy_refused;
  switch (static_cast<int>(refused.response().status)) {
    case 401:
      return "\nGive a name and a password in the URL (ws://NAME:PASSWORD@...), or --header \"Authorization: "
             "...\".";
    case 403:
      return by_proxy ? "" : "\nThe server may want an --origin that it knows.";
    case 407:
      return "\nGive the proxy's name and password in its URL (http://NAME:PASSWORD@...).";
    default:
      return {};
  }
}

// What the server thinks of our certificate it says by an alert (RFC 8446 section 6.2), which OpenSSL puts in words.
bool is_alert_about_certificate(const std::error_code& code) {
  if (code.category().name() != std::string_view{"tls"}) return false;
  const std::string text = code.message();
  return text.find("alert") != std::string::npos &&
         (text.find("certificate") != std::string::npos || text.find("unknown ca") != std::string::npos);
}

std::string hint_at(const std::error_code& code) {
  if (code == errc::certificate_untrusted || code == errc::certificate_expired ||
      code == errc::certificate_wrong_host) {
    return "\n--ca FILE trusts the issuers in FILE; --insecure takes any certificate, and then anybody may "
           "be at the other end.";
  }
  if (code == errc::handshake_timeout) return "\n--timeout TIME allows more.";
  if (is_alert_about_certificate(code)) {
    return "\nThe server wants a client certificate that it trusts: --cert FILE --key FILE.";
  }
  return {};
}

// Only the user can help here: what connects to nowhere is said before anything is sent.
bool is_users_mistake(const std::error_code& code) {
  return code == errc::url_invalid || code == errc::field_invalid || code == errc::tls_configuration;
}

// "Basic" of "Basic YTpi": what is shown may be shown to others.
std::string shown_value(const websock::http::field& field) {
  if (websock::http::equals_ignoring_case(field.name, "Authorization")) {
    return std::string{field.value.substr(0, field.value.find(' '))} + " [not shown]";
  }
  return one_line(field.value);
}

std::string describe_fields(const websock::http::fields& fields, const std::string& mark) {
  std::string text;
  for (std::size_t index = 0; index < fields.size(); ++index) {
    text += mark + one_line(fields[index].name) + ": " + shown_value(fields[index]) + '\n';
  }
  return text;
}

std::string describe_tls(const websock::io::tls_info& tls) {
  std::string text = "* " + tls.version + ", " + tls.cipher + (tls.resumed ? ", resumed" : "") + '\n';
  if (!tls.server_name.empty()) text += "* asked for " + tls.server_name + '\n';
  text += "* certificate: " + (tls.peer_subject.empty() ? "not verified" : one_line(tls.peer_subject)) + '\n';
  return text;
}

std::string describe_status(websock::http::status status) {
  const auto phrase = websock::http::reason_phrase(status);
  return std::to_string(static_cast<int>(status)) + (phrase.empty() ? "" : " " + std::string{phrase});
}

}  // namespace

void say(const std::string& text) { std::fprintf(stderr, "websock-client: %s\n", text.c_str()); }

explanation explain_no_session(const std::exception_ptr& error) {
  try {
    std::rethrow_exception(error);
  } catch (const websock::handshake_error& refused) {
    const auto& response = refused.response();
    return {not_connected, one_line(refused.what()) + body_start(response.body) + hint_at(refused)};
  } catch (const std::system_error& failed) {
    const auto code = is_users_mistake(failed.code()) ? wrong_usage : not_connected;
    return {code, one_line(failed.what()) + hint_at(failed.code())};
  } catch (const std::exception& failed) {
    return {not_connected, one_line(failed.what())};
  }
}

explanation explain_close(const websock::session& session) {
  const auto& said = session.peer_close();
  if (!said || !said->code) return {success, "closed without a code"};
  const auto code = *said->code;
  std::string text = "closed with " + std::to_string(static_cast<unsigned>(code)) + " (" +
                     std::string{websock::describe(code)} + ")";
  if (!said->reason.empty()) text += ": " + one_line(said->reason);
  const bool good = code == websock::close_code::normal_closure || code == websock::close_code::going_away;
  return {good ? success : not_clean, text};
}

std::string describe_handshake(const websock::session& session) {
  std::string text;
  if (const auto* tls = session.tls()) text += describe_tls(*tls);
  const auto& request = session.request();
  text += "> " + one_line(request.method) + ' ' + one_line(request.target) + " HTTP/1.1\n";
  text += describe_fields(request.fields, "> ");
  if (const auto* response = session.response()) {
    text +=
        "< HTTP/1.1 " + describe_status(response->status) + '\n' + describe_fields(response->fields, "< ");
  }
  return text;
}
