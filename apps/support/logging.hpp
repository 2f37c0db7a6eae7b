#pragma once

#include <memory>
#include <string>
#include <string_view>

#include <bennu/supervision/telemetry.hpp>

namespace bennu {

/// Logs of a program, on standard error: spdlog's default logger while this lives.
///
/// A line is handed to a thread of its own; when more than 8192 wait, the oldest are dropped and
/// counted, so that no io unit ever waits for a terminal or a pipe.
class logging {
public:
  /// @param level one of those of `app_options::log_level`
  logging(const std::string& program, const std::string& level);
  ~logging();
  logging(const logging&) = delete;
  logging& operator=(const logging&) = delete;
};

/// Logs the events of a node while this lives: crashes, restarts and limits as warnings, the rest as debug.
/// REQUIRES: a `logging` was there before it, and `hub` outlives it: it is declared after the application.
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

/// An event as one line of text, whatever its fields hold: `supervisor.restarted id="room" left=2`.
std::string log_line(const telemetry_event& event);

/// Whether an operator wants to know of this event although nobody asked for debug output.
bool is_alarming(std::string_view event_name) noexcept;

} // namespace bennu
