// A session on the one side, lines and standard output on the other.
#pragma once

#include <chrono>
#include <string>

#include "command.hpp"
#include "explain.hpp"
#include "line_reader.hpp"
#include "options.hpp"
#include "output.hpp"
#include "websock/io/task_group.hpp"
#include "websock/session.hpp"
#include "websock/task.hpp"

class conversation {
 public:
  conversation(websock::session session, const options& wanted);

  /// Until the session has ended; says on standard error what is to say about that.
  websock::task<exit_code> run();
  /// Ends it: 1001 to the server, no more lines, nothing that waits for standard output. Once more: drops the
  /// connection.
  void interrupt();

 private:
  // What is sent.
  websock::task<void> send_lines();
  websock::task<void> send_all_lines();
  websock::task<void> linger();
  websock::task<bool> obey(line read);
  [[nodiscard]] any_command understand(std::string_view text) const;
  websock::task<bool> send(std::string_view text);
  websock::task<void> measure(std::string_view payload);
  websock::task<void> send_only_message();
  websock::task<void> await_reply();
  void complain(const std::string& text) const;

  // What comes.
  websock::task<void> show_messages();
  websock::task<void> show(const websock::message& received);
  [[nodiscard]] exit_code conclude(const std::error_code& failure);
  [[nodiscard]] explanation explain_end(const std::error_code& failure) const;

  const options& wanted_;
  websock::session session_;
  line_reader lines_;
  output output_;
  websock::io::task_group sending_;
  std::chrono::steady_clock::time_point last_news_;
  std::size_t line_number_ = 0;
  bool is_interactive_;
  bool has_reply_ = false;
  bool is_interrupted_ = false;
};
