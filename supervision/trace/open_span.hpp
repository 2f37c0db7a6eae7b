#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <string_view>

#include <bennu/supervision/telemetry.hpp>

namespace bennu::engine {

/// Who sent a context.
enum class trace_sender : uint8_t {
  program, ///< this program: a span of the same process
  node,    ///< another node
  client,  ///< a client; see `trace_options::trusts_clients`
};

/// Decides which traces are recorded, and receives their spans.
///
/// Thread safety: immutable; any thread may use it.
class tracer {
public:
  tracer(trace_options options, std::function<void(span_record&&)> f);

  /// Whether a trace with this id is recorded when it begins here. Source: OpenTelemetry's TraceIdRatioBased, which
  /// compares the last 56 or 63 bits of the id; here it is 63, as in its Go, Java and JavaScript libraries.
  bool samples(const std::array<uint8_t, 16>& trace_id) const noexcept;

  bool trusts_clients() const noexcept { return options_.trusts_clients; }

  void ended(span_record&& x) const { f_(std::move(x)); }

private:
  const trace_options options_;
  const uint64_t bound_; ///< of 2^63
  const std::function<void(span_record&&)> f_;
};

/// A span that has not ended. It ends with `end`, or when it is destroyed; what is set later is lost. When its trace
/// is not sampled, it is a context and nothing more.
///
/// Thread safety: none; it may end on another thread than it began.
class open_span {
public:
  /// Begins a trace.
  open_span(const tracer& by, std::string_view name, span_kind kind);

  /// Goes on with the trace of `parent`, as far as its sender is trusted. Without a valid parent it begins one.
  open_span(const tracer& by, std::string_view name, span_kind kind, const trace_context& parent, trace_sender from);

  ~open_span() { end(); }
  open_span(const open_span&) = delete;
  open_span& operator=(const open_span&) = delete;

  /// A child of the current span of the thread. Without one it begins a trace.
  static std::unique_ptr<open_span> within(const tracer& by, std::string_view name, span_kind kind);

  const trace_context& context() const noexcept { return record_.context; }
  bool is_recorded() const noexcept { return by_ != nullptr; }

  /// Links to another span, if that one is recorded.
  void link(const trace_context& to);

  void set(std::string_view name, std::string_view text);
  void set(std::string_view name, int64_t number);
  void fail(std::string_view why);
  void end();

private:
  void begin_trace(const tracer& by);
  span_record::attribute* place_for(std::string_view name);

  const tracer* by_; ///< null: it is not recorded, or has ended
  span_record record_;
  std::chrono::steady_clock::time_point begun_;
};

} // namespace bennu::engine
