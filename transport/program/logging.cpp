#include "transport/program/logging.hpp"

#include <algorithm>
#include <array>
#include <atomic>
#include <cstdio>
#include <cstdlib>
#include <cxxabi.h>
#include <dlfcn.h>
#include <execinfo.h>
#include <memory>
#include <unistd.h>
#include <utility>

#include <spdlog/pattern_formatter.h>
#include <spdlog/sinks/base_sink.h>
#include <spdlog/spdlog.h>

#include "actors/json/printable.hpp"
#include "supervision/process/crash_report.hpp"
#include "transport/program/log_format.hpp"
#include "transport/program/log_writer.hpp"

namespace bennu::engine {

namespace {

constexpr int max_frames = 24; // enough for a handler, CAF's dispatch and the io loop below it

std::atomic<bool> keeping{false};
thread_local std::array<void*, max_frames> frames;
thread_local int frame_count = 0;

std::string name_of(void* frame) {
  Dl_info where{};
  if (::dladdr(frame, &where) == 0 || where.dli_fname == nullptr)
    return "?";
  if (where.dli_sname != nullptr) {
    int status = 0;
    std::unique_ptr<char, decltype(&std::free)> text{abi::__cxa_demangle(where.dli_sname, nullptr, nullptr, &status),
                                                     &std::free};
    return status == 0 && text ? text.get() : where.dli_sname;
  }
  const std::string file = where.dli_fname;
  std::array<char, 32> offset{};
  std::snprintf(offset.data(), offset.size(), "+%#tx",
                // The address of the call, not the return address.
                static_cast<char*>(frame) - static_cast<char*>(where.dli_fbase) - 1);
  return file.substr(file.rfind('/') + 1) + offset.data();
}

void keep() noexcept {
  if (keeping.load(std::memory_order_relaxed))
    frame_count = ::backtrace(frames.data(), max_frames);
}

} // namespace

void keep_throw_traces() noexcept {
  ::backtrace(frames.data(), 1); // loads the unwinder now instead of within the first throw
  keeping.store(true, std::memory_order_relaxed);
  set_throw_trace(last_throw_trace);
}

std::string last_throw_trace() {
  std::string result;
  for (int i = 2; i < frame_count; ++i) // skips `keep` and `__cxa_throw`
    result += (result.empty() ? "" : " < ") + name_of(frames[static_cast<size_t>(i)]);
  return result;
}

} // namespace bennu::engine

// Has another name here, because the compiler has a built-in declaration of __cxa_throw.
extern "C" [[noreturn]] void bennu_throw(void* thrown, void* type, void (*destroy)(void*)) __asm__("__cxa_throw");

extern "C" void bennu_throw(void* thrown, void* type, void (*destroy)(void*)) {
  using function = void (*)(void*, void*, void (*)(void*));
  static const auto next = reinterpret_cast<function>(::dlsym(RTLD_NEXT, "__cxa_throw"));
  bennu::engine::keep();
  next(thrown, type, destroy);
  __builtin_unreachable();
}

namespace bennu::engine {

namespace {

constexpr size_t max_payload_bytes = logging::max_line_bytes - 128;

std::atomic<log_writer*> live{nullptr};
std::atomic<uint64_t> lost_before{0}; // by earlier `logging` objects

std::string_view name_of(spdlog::level::level_enum x) {
  const auto name = spdlog::level::to_string_view(x);
  return {name.data(), name.size()};
}

/// Hands lines to a writer, cut and cleaned.
class line_sink : public spdlog::sinks::base_sink<std::mutex> {
public:
  line_sink(std::shared_ptr<log_writer> to, bool has_colours, bool is_json)
    : writer_(std::move(to)), has_colours_(has_colours), is_json_(is_json) {}

  /// Tells how often the last line was repeated.
  void finish() {
    std::lock_guard guard{mutex_};
    tell_repeats(spdlog::details::log_msg{name_, spdlog::level::info, {}});
  }

  /// Writes an event. Its secrets are hidden field by field: its numbers are none.
  void write_event(const std::string& program, spdlog::level::level_enum level, const telemetry_event& event,
                   uint64_t held_back) {
    const auto line = log_line(event, held_back);
    const auto text = printable(std::string_view{line}.substr(0, max_payload_bytes), max_payload_bytes,
                                line.size() > max_payload_bytes ? line.size() : 0);
    std::lock_guard guard{mutex_};
    name_ = program;
    const spdlog::details::log_msg message{name_, level, text};
    if (!is_repeated(message, text))
      write(message, text, [&] { return json_line({message.time, name_of(level), name_}, event, held_back); });
  }

  /// From now on the lines go to `to`, too.
  void copy_to(logging::line_copy to) {
    std::lock_guard guard{mutex_};
    copy_ = std::move(to);
  }

protected:
  void sink_it_(const spdlog::details::log_msg& message) override {
    name_ = {message.logger_name.data(), message.logger_name.size()};
    const std::string_view payload{message.payload.data(), message.payload.size()};
    const auto begin = payload.substr(0, max_payload_bytes);
    const auto text =
      printable(without_secrets(begin), max_payload_bytes, begin.size() < payload.size() ? payload.size() : 0);
    if (!is_repeated(message, text))
      write_text(message, text);
  }

  void flush_() override {}

private:
  // A line that is repeated for long appears again.
  static constexpr auto longest_fold = std::chrono::seconds{60};

  static const char* colour_of(spdlog::level::level_enum level) {
    return level >= spdlog::level::err ? "\x1b[31m" : level == spdlog::level::warn ? "\x1b[33m" : "\x1b[32m";
  }

  // Counts a line that is the same as the last one.
  bool is_repeated(const spdlog::details::log_msg& message, const std::string& text) {
    if (text == last_ && message.time - last_at_ < longest_fold) {
      ++repeats_;
      return true;
    }
    tell_repeats(message);
    last_ = text;
    last_at_ = message.time;
    return false;
  }

  void tell_repeats(const spdlog::details::log_msg& like) {
    if (const auto n = std::exchange(repeats_, 0); n > 0)
      write_text(like, "the line before this one was repeated " + std::to_string(n) + (n == 1 ? " time" : " times"));
  }

  void write_text(const spdlog::details::log_msg& message, const std::string& text) {
    write(message, text, [&] { return json_line({message.time, name_of(message.level), name_}, text); });
  }

  template <class Json>
  void write(const spdlog::details::log_msg& message, const std::string& text, Json json) {
    if (copy_)
      copy_(name_of(message.level), text);
    if (is_json_)
      return writer_->write(json() + '\n');
    auto clean = message;
    clean.payload = text;
    spdlog::memory_buf_t line;
    formatter_->format(clean, line);
    std::string result{line.data(), line.size()};
    if (has_colours_ && clean.color_range_end > clean.color_range_start) {
      result.insert(clean.color_range_end, "\x1b[m");
      result.insert(clean.color_range_start, colour_of(message.level));
    }
    writer_->write(std::move(result));
  }

  std::shared_ptr<log_writer> writer_;
  const bool has_colours_, is_json_;
  std::string name_; ///< of the program
  std::string last_; ///< the last line
  std::chrono::system_clock::time_point last_at_{};
  uint64_t repeats_ = 0; ///< how often it came again
  logging::line_copy copy_;
};

// The sink of a logger that `logging` has made, else null.
line_sink* sink_of(const spdlog::logger& x) {
  return x.sinks().empty() ? nullptr : dynamic_cast<line_sink*>(x.sinks().front().get());
}

spdlog::level::level_enum spdlog_level(event_level x) {
  switch (x) {
    case event_level::error:
      return spdlog::level::err;
    case event_level::warning:
      return spdlog::level::warn;
    case event_level::info:
      return spdlog::level::info;
    case event_level::debug:
      break;
  }
  return spdlog::level::debug;
}

template <size_t N>
bool has_one_of(std::string_view name, const std::array<std::string_view, N>& words) {
  return std::any_of(words.begin(), words.end(),
                     [name](std::string_view word) { return name.find(word) != std::string_view::npos; });
}

} // namespace

event_level level_of(std::string_view event_name) noexcept {
  constexpr std::array<std::string_view, 3> errors = {"given_up", "zombie", "conflict"};
  constexpr std::array<std::string_view, 19> warnings = {
    "crash", "restart",     "limit",     "down", "slow",       "blocked", "failed",      "error",  "refused",  "lost",
    "large", "left_behind", "no_thread", "high", "unexpected", "stuck",   "unavailable", "expire", "malformed"};
  constexpr std::array<std::string_view, 10> news = {"fault.caused",     "fault.healed",  "node.up",        "link.up",
                                                     "socket.drain",     "reloaded",      "mailbox_normal", "recovered",
                                                     "certificate_good", "node.forgotten"};
  // Clients' actions, whatever their outcome, are counted (see `metrics`) and logged in detail at debug.
  constexpr std::array<std::string_view, 4> clients = {"socket.disconnected", "connect.refused", "history.refused",
                                                       "topic.unmatched"};
  if (has_one_of(event_name, clients))
    return event_level::debug;
  if (has_one_of(event_name, errors))
    return event_level::error;
  if (has_one_of(event_name, warnings))
    return event_level::warning;
  return has_one_of(event_name, news) ? event_level::info : event_level::debug;
}

event_level level_of(const telemetry_event& event) noexcept {
  if (event.name != "socket.disconnected")
    return level_of(event.name);
  constexpr std::array<std::string_view, 5> by_server = {"slow", "limit", "kicked", "expired", "protocol_error"};
  const auto reason = event.text("reason");
  if (reason == "crash")
    return event_level::warning;
  return std::find(by_server.begin(), by_server.end(), reason) != by_server.end() ? event_level::info
                                                                                  : event_level::debug;
}

bool log_brake::lets_pass(std::string_view kind, time_point now, uint64_t& held_back) {
  std::lock_guard guard{mutex_};
  auto found = kinds_.find(kind);
  if (found == kinds_.end())
    found = kinds_.emplace(kind, entry{burst, now, 0}).first;
  auto& x = found->second;
  if (const auto seconds = std::chrono::floor<std::chrono::seconds>(now - x.filled); seconds.count() > 0) {
    x.left = static_cast<int>(std::min<long long>(burst, x.left + seconds.count()));
    x.filled += seconds;
  }
  if (x.left == 0) {
    ++x.held_back;
    return false;
  }
  --x.left;
  held_back = std::exchange(x.held_back, 0);
  return true;
}

logging::logging(const std::string& program, const std::string& level, const std::string& file, bool is_json)
  : writer_(file.empty() ? std::make_shared<log_writer>(STDERR_FILENO) : std::make_shared<log_writer>(file)) {
  auto logger = std::make_shared<spdlog::logger>(
    program, std::make_shared<line_sink>(writer_, file.empty() && !is_json && ::isatty(STDERR_FILENO) == 1, is_json));
  logger->set_level(spdlog::level::from_str(level));
  logger->set_pattern("%Y-%m-%dT%H:%M:%S.%eZ %^%l%$ %n: %v", spdlog::pattern_time_type::utc);
  spdlog::set_default_logger(std::move(logger));
  live = writer_.get();
}

logging::~logging() {
  if (const auto logger = spdlog::default_logger())
    if (auto* sink = sink_of(*logger))
      sink->finish();
  live = nullptr;
  writer_->finish(); // a follower's call that is under way may keep the writer for longer
  lost_before += writer_->lost();
  spdlog::shutdown();
}

void logging::reopen() {
  writer_->reopen();
}

void logging::copy_lines(line_copy to) {
  if (auto* sink = sink_of(*spdlog::default_logger()))
    sink->copy_to(std::move(to));
}

void logging::show(std::string text) {
  if (!writer_->write_whole(std::move(text)))
    spdlog::warn("the requested text is not shown, because the one before it is not written yet");
}

uint64_t logging::lost_lines() noexcept {
  const auto* writer = live.load();
  return lost_before + (writer == nullptr ? 0 : writer->lost());
}

log_follower::log_follower(telemetry& hub) : hub_(hub) {
  // The logger is held by value: a call that had begun before `detach` may outlast this object.
  auto logger = spdlog::default_logger();
  const auto wants = [logger](std::string_view name) {
    const auto most = name == "socket.disconnected" ? event_level::warning : level_of(name);
    return logger->should_log(spdlog_level(most));
  };
  subscription_ = hub.attach(wants, [logger, brake = std::make_shared<log_brake>()](const telemetry_event& event) {
    const auto level = spdlog_level(level_of(event));
    if (!logger->should_log(level))
      return;
    uint64_t held_back = 0;
    const auto is_end = event.name == "socket.disconnected";
    const auto kind = is_end ? "end " + std::string{event.text("reason")} : std::string{event.name};
    if (level > spdlog::level::debug && !brake->lets_pass(kind, std::chrono::steady_clock::now(), held_back))
      return;
    if (auto* sink = sink_of(*logger))
      sink->write_event(logger->name(), level, event, held_back);
    else
      logger->log(level, log_line(event, held_back));
  });
}

log_follower::~log_follower() {
  hub_.detach(subscription_);
}

} // namespace bennu::engine
