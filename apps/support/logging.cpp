#include "apps/support/logging.hpp"

#include <algorithm>
#include <array>

#include <spdlog/async.h>
#include <spdlog/sinks/stdout_color_sinks.h>
#include <spdlog/spdlog.h>

namespace bennu {

namespace {

// 8192 lines: about a second of debug output of a busy node, and at most a few MB.
constexpr std::size_t max_waiting_lines = 8192;

void append_quoted(std::string& line, std::string_view text) {
  constexpr auto digits = "0123456789abcdef";
  line += '"';
  for (const auto c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (c == '"' || c == '\\') {
      line += '\\';
      line += c;
    } else if (c == '\n') {
      line += "\\n";
    } else if (byte < 0x20 || byte == 0x7F) { // a client's text must not steer a terminal
      line += "\\x";
      line += digits[byte >> 4U];
      line += digits[byte & 0xFU];
    } else {
      line += c;
    }
  }
  line += '"';
}

} // namespace

std::string log_line(const telemetry_event& event) {
  std::string line{event.name};
  for (const auto& field : event.fields) {
    line += ' ';
    line += field.name;
    line += '=';
    append_quoted(line, field.text);
  }
  for (const auto& number : event.measurements) {
    line += ' ';
    line += number.name;
    line += '=';
    line += std::to_string(number.value);
  }
  return line;
}

bool is_alarming(std::string_view event_name) noexcept {
  constexpr std::array words = {"crash",   "restart", "limit", "down",    "slow",
                                "blocked", "failed",  "error", "refused", "lost"};
  return std::any_of(words.begin(), words.end(),
                     [event_name](const char* word) { return event_name.find(word) != std::string_view::npos; });
}

logging::logging(const std::string& program, const std::string& level) {
  spdlog::init_thread_pool(max_waiting_lines, 1);
  auto logger =
    std::make_shared<spdlog::async_logger>(program, std::make_shared<spdlog::sinks::stderr_color_sink_mt>(),
                                           spdlog::thread_pool(), spdlog::async_overflow_policy::overrun_oldest);
  logger->set_level(spdlog::level::from_str(level));
  logger->set_pattern("%Y-%m-%dT%H:%M:%S.%eZ %^%l%$ %n: %v", spdlog::pattern_time_type::utc);
  logger->flush_on(spdlog::level::warn);
  spdlog::set_default_logger(std::move(logger));
}

logging::~logging() {
  if (const auto pool = spdlog::thread_pool(); pool && pool->overrun_counter() > 0)
    spdlog::warn("{} log lines were dropped because standard error was too slow", pool->overrun_counter());
  spdlog::shutdown();
}

log_follower::log_follower(telemetry& hub) : hub_(hub) {
  // The logger is held by value: a call that had begun before `detach` may outlast this object.
  subscription_ = hub.attach("", [logger = spdlog::default_logger()](const telemetry_event& event) {
    const auto level = is_alarming(event.name) ? spdlog::level::warn : spdlog::level::debug;
    if (logger->should_log(level))
      logger->log(level, log_line(event));
  });
}

log_follower::~log_follower() {
  hub_.detach(subscription_);
}

} // namespace bennu
