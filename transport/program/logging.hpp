#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>

#include <bennu/supervision/telemetry.hpp>

namespace bennu::engine {

class log_writer;

/// Logs of a program, on standard error or in a file: spdlog's default logger while this lives.
///
/// A line holds at most 2 KB and is written by a thread of its own (see `log_writer`), so that no io unit ever waits for a terminal, a pipe or
/// a disk. What is logged cannot start a line of its own or steer a terminal.
class logging {
public:
  static constexpr std::size_t max_line_bytes = 2048;

  /// @param level one of those of `settings::log_level`
  /// @param file empty: standard error
  /// @throws std::system_error when the file cannot be opened
  logging(const std::string& program, const std::string& level, const std::string& file = {});
  ~logging();
  logging(const logging&) = delete;
  logging& operator=(const logging&) = delete;

  /// Opens the log file anew. @throws std::system_error when it cannot be opened; then the former stays.
  void reopen();

  /// Writes a text that is asked for and may have several lines, such as the supervision tree.
  void show(std::string text);

  /// Lines that could not be written, in the life of this program.
  static std::uint64_t lost_lines() noexcept;

private:
  std::shared_ptr<log_writer> writer_;
};

/// Lets a burst of lines about the same kind of event pass, then one a second, with the number of those that did not.
/// What many strangers cause at will must not fill a disk, nor hide the rest. Thread safety: any thread.
class log_brake {
public:
  using time_point = std::chrono::steady_clock::time_point;

  /// 20: what a person can read at one look.
  static constexpr int burst = 20;

  /// @returns whether a line of `kind` may pass; `held_back` is then the number of those before it that did not.
  bool lets_pass(std::string_view kind, time_point now, std::uint64_t& held_back);

private:
  struct entry {
    int left = burst;
    time_point filled;
    std::uint64_t held_back = 0;
  };

  std::mutex mutex_;
  std::map<std::string, entry, std::less<>> kinds_; // names of events: a few dozen
};

enum class event_level { debug, info, warning, error };

/// How much an operator wants to know of an event: an error when a part of the program is gone for good, a warning when something failed or a
/// bound was reached, info for what happens rarely and is meant, debug for everything that clients do.
event_level level_of(std::string_view event_name) noexcept;

/// An event as one line of text, whatever its fields hold: `supervisor.restarted id="room" left=2`. Fields are cut.
std::string log_line(const telemetry_event& event);

/// Logs the events of a node while this lives.
/// REQUIRES: a `logging` was there before it, and `hub` outlives it.
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
