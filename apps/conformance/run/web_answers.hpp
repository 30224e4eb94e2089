// What a fuzzing server answers to plain HTTP: the page, the list of cases, the reports, refusals.
#pragma once

#include <string>
#include <string_view>

#include "run/specification.hpp"
#include "server/static_files.hpp"
#include "websock/http/head.hpp"
#include "websock/io/byte_stream.hpp"
#include "websock/task.hpp"

namespace conformance {

/// A line of text with a status.
websock::http::response text_answer(websock::http::status status, const std::string& line);

/// "426 Upgrade Required" for who asks a WebSocket endpoint by plain HTTP.
websock::http::response upgrade_answer(const std::string& url);

/// [{"case": 1, "id": "1.1.1", "group": ..., "subgroup": ..., "description": ...}]
std::string cases_as_json(const case_list& cases);

/// The answer to a plain request. `base` is the server's own URL ("ws://127.0.0.1:9001").
websock::file_response answer_plain(const websock::http::request& request, const case_list& cases,
                                    const std::string& outdir, const std::string& base);

/// Whether the path is one of the WebSocket endpoints.
bool is_endpoint(std::string_view path) noexcept;

/// Writes the answer and ends the connection, in RFC 9112's order (section 9.6).
websock::task<void> send_last(websock::io::byte_stream& stream, const websock::http::request& request,
                              websock::file_response& answer);
websock::task<void> send_last(websock::io::byte_stream& stream, const websock::http::request& request,
                              websock::http::response answer);

}  // namespace conformance
