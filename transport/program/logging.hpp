#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>

#include <bennu/supervision/telemetry.hpp>

namespace bennu::engine {

/// From this call on, every throw in the program records its stack, and crash reports contain it (`process.crashed`,
/// `trace`). For dev mode: a throw costs several microseconds more. Before this call a throw costs one relaxed load
/// more.
///
/// A frame is the name of the function if the program or a library exports it, else `program+0xOFFSET`, which
/// `addr2line -Cfe program 0xOFFSET` translates.
///
/// It replaces `__cxa_throw` of the C++ runtime in every program that links this object file. It works with glibc and
/// the Itanium ABI only.
void keep_throw_traces() noexcept;

/// The frames of this thread's last throw, innermost first, separated by ` < `; empty when none was recorded.
std::string last_throw_trace();

class log_writer;

/// The log of a program, on standard error or in a file: spdlog's default logger as long as this object lives.
///
/// A line has at most 2 KB, without the secrets that their names give away (`without_secrets`). A line that repeats the
/// one before it is counted and not written; the number follows. A separate thread writes (see `log_writer`), so that
/// no io unit waits for a terminal, a pipe or a disk. Logged text cannot begin a new line or control a terminal.
class logging {
public:
  static constexpr size_t max_line_bytes = 2048;

  /// @param level one of those in `settings::log_level`
  /// @param file empty: standard error
  /// @param is_json each line is a JSON object
  /// @throws std::system_error when the file cannot be opened
  logging(const std::string& program, const std::string& level, const std::string& file = {}, bool is_json = false);
  ~logging();
  logging(const logging&) = delete;
  logging& operator=(const logging&) = delete;

  /// Opens the log file again. @throws std::system_error when it cannot be opened; then the current file stays in
  /// use.
  void reopen();

  using line_copy = std::function<void(std::string_view level, std::string_view text)>;

  /// From now on every line of the present log goes to `to`, too: of events as well, in the form of the text log.
  /// Thread safety: any thread; others may log meanwhile. `to` runs on the thread that logs and must not log.
  static void copy_lines(line_copy to);

  /// Writes a requested text of several lines, such as the supervision tree.
  void show(std::string text);

  /// How many lines could not be written since the program started.
  static uint64_t lost_lines() noexcept;

private:
  std::shared_ptr<log_writer> writer_;
};

/// Lets a burst of lines about one kind of event pass, then one per second, with the number of suppressed ones. So
/// events that strangers can cause at will neither fill a disk nor hide other lines. Thread safety: any thread.
class log_brake {
public:
  using time_point = std::chrono::steady_clock::time_point;

  /// 20: as many as a person reads at a glance.
  static constexpr int burst = 20;

  /// @returns whether a line of `kind` may pass. `held_back` is then the number of suppressed lines before it.
  bool lets_pass(std::string_view kind, time_point now, uint64_t& held_back);

private:
  struct entry {
    int left = burst;
    time_point filled;
    uint64_t held_back = 0;
  };

  std::mutex mutex_;
  std::map<std::string, entry, std::less<>> kinds_; // names of events: a few dozen
};

enum class event_level { debug, info, warning, error };

/// How important an event is for operators: an error when a part of the program has failed for good; a warning when
/// something failed or a limit was reached; info for rare and regular events; debug for everything that clients do.
event_level level_of(std::string_view event_name) noexcept;

/// The level of an event with these fields: `socket.disconnected` is a warning after a crash, and info when the server
/// has ended the connection of a client that did not want to leave.
event_level level_of(const telemetry_event& event) noexcept;

/// Logs the events of a node as long as this object lives.
/// REQUIRES: a `logging` exists before it, and `hub` outlives it.
class log_follower {
public:
  explicit log_follower(telemetry& hub);
  ~log_follower();
  log_follower(const log_follower&) = delete;
  log_follower& operator=(const log_follower&) = delete;

private:
  telemetry& hub_;
  telemetry::handler_id subscription_;
};

} // namespace bennu::engine
