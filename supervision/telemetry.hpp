#pragma once

#include <array>
#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <initializer_list>
#include <memory>
#include <mutex>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include <caf/fwd.hpp>

namespace bennu::engine {
class open_span;
class tracer;
} // namespace bennu::engine

namespace bennu {

/// A number in an event, e.g. `{"depth", 17}`.
struct measurement {
  std::string_view name; ///< as the guide to telemetry lists it
  int64_t value;         ///< in the unit that the name or the guide says
};

/// A text in an event, e.g. `{"label", "room:lobby"}`.
struct metadata {
  std::string_view name; ///< as the guide to telemetry lists it
  std::string_view text; ///< valid during the call of the handler
};

/// Something that happened. It lives on the stack of the emitting function, so that a handler must copy what it
/// keeps.
struct telemetry_event {
  std::string_view name; ///< such as `channel.join`; a handler of several events tells them apart by it
  std::span<const measurement> measurements; ///< the numbers
  std::span<const metadata> fields;          ///< the texts

  /// The value of a measurement, or `fallback` when the event has no measurement of that name.
  int64_t number(std::string_view key, int64_t fallback = 0) const noexcept;

  /// The text of a field; empty when the event has no field of that name.
  std::string_view text(std::string_view key) const noexcept;
};

/// Events that may happen many times a second. Whether anybody listens for one of them costs one relaxed load, so that
/// nothing is measured for an event that only others listen for.
enum class frequent_event : uint8_t {
  channel_join,        ///< `channel.join`
  channel_handled_in,  ///< `channel.handled_in`
  channel_ended,       ///< `channel.ended`
  socket_connected,    ///< `socket.connected`
  socket_disconnected, ///< `socket.disconnected`
  broadcast,           ///< `broadcast`
  broadcast_delivered, ///< `broadcast.delivered`
  presence,            ///< `presence`
};
/// How many enumerators `frequent_event` has.
inline constexpr size_t frequent_event_count = 8;

/// The name of the event.
std::string_view to_string(frequent_event x) noexcept;

/// A place in a distributed trace: the span that causes what follows.
///
/// A plain value. Source: W3C Trace Context, Level 2 (https://www.w3.org/TR/trace-context-2/).
struct trace_context {
  std::array<uint8_t, 16> trace_id{}; ///< of the whole trace; zeros: there is none
  std::array<uint8_t, 8> span_id{};   ///< of the span; zeros: there is none
  uint8_t flags = 0;                  ///< bit 0: the trace is sampled; bit 1: its id is random
  std::string state{};                ///< the header `tracestate`, which is passed on unchanged; or empty

  /// Whether neither id is zero.
  bool is_valid() const noexcept;

  /// Whether the spans of the trace are recorded.
  bool is_sampled() const noexcept { return (flags & 1U) != 0; }

  /// Reads the two headers. A malformed `tracestate` is left out; of one with more than 512 bytes the last members are.
  /// @returns nothing when `traceparent` is malformed, or of the version ff; of a later version the first four fields
  /// count.
  static std::optional<trace_context> parse(std::string_view traceparent, std::string_view tracestate = {});

  /// The header `traceparent` for a request that the program sends.
  std::string traceparent() const;

  /// That of the span within which the calling thread is now, such as the span of an event that a channel handles. It
  /// is not valid outside of spans, and when nothing traces.
  static trace_context current();

  friend bool operator==(const trace_context&, const trace_context&) = default;
};

/// The role of a span. The numbers are those of OTLP.
enum class span_kind : uint8_t {
  internal = 1, ///< work within the program
  server,       ///< handles a request
  client,       ///< sends a request
  producer,     ///< sends a message
  consumer,     ///< handles a message
};

/// A span that has ended.
struct span_record {
  struct attribute {
    std::string name;                         ///< as OpenTelemetry's conventions name it
    std::variant<std::string, int64_t> value; ///< a text or a number
  };                                          ///< what is known of the span besides

  trace_context context{};              ///< the ids of the span itself
  std::array<uint8_t, 8> parent{};      ///< the id of the span that caused it; zeros: it is the first of its trace
  bool is_parent_remote = false;        ///< the parent is a span of a client or of another node
  std::string name{};                   ///< such as `orders.find`
  span_kind kind = span_kind::internal; ///< its role
  std::chrono::system_clock::time_point begin{} /**< when it began */, end{}; ///< when it ended
  std::vector<attribute> attributes{};  ///< at most 64, with texts of at most 256 bytes
  std::vector<trace_context> links{};   ///< spans that it has to do with, besides its parent
  std::optional<std::string> failure{}; ///< why it failed; nothing when it did not
};

/// What `telemetry::trace` records.
struct trace_options {
  /// How many of the traces that begin at this node are recorded: 0 none, 1 all. The id of the trace decides, so that
  /// all nodes with the same ratio decide alike.
  double ratio = 1;

  /// Whether the context of a client decides: a trace that it samples is recorded, one that it does not sample is not.
  /// With false every span that a client causes begins a new trace, which links to the client's.
  bool trusts_clients = true;
};

/// The hub through which events reach their handlers: logs, metrics, traces, tests. Source: Elixir's `:telemetry`.
///
/// Libraries emit events and never log. The page apps/guide/telemetry.md lists all events of Bennu. Any name may be
/// emitted; an event without a handler costs one relaxed load:
///
///     if (auto* hub = telemetry::listening(self->system()))
///       hub->emit("shop.sold", {{"cents", price}}, {{"item", name}});
///
/// A handler that throws is detached, as in `:telemetry`, and `telemetry.handler_failed` tells it with the text.
///
/// Thread safety: any thread may emit, attach and detach, also inside of a handler. A handler runs on the emitting
/// thread and must not block. When `detach` returns, a call that had begun earlier may still be running.
class telemetry {
public:
  /// Handles an event. It must not block; when it throws it is detached.
  using handler = std::function<void(const telemetry_event&)>;
  /// Identifies an attached handler; never used twice.
  using handler_id = uint64_t;

  telemetry();
  ~telemetry();
  telemetry(const telemetry&) = delete;
  telemetry& operator=(const telemetry&) = delete;

  /// The hub of a system: the one in its `bennu::config`, else the one of the whole process.
  static telemetry& of(const caf::actor_system& system) noexcept;

  /// The hub of a system if it has a handler, else null.
  static telemetry* listening(const caf::actor_system& system) noexcept {
    auto& hub = of(system);
    return hub.has_listeners() ? &hub : nullptr;
  }

  /// The hub of a system if it has a handler of this event, else null.
  static telemetry* listening(const caf::actor_system& system, frequent_event x) noexcept {
    if (heard_anywhere_[static_cast<size_t>(x)].load(std::memory_order_relaxed) == 0)
      return nullptr;
    auto& hub = of(system);
    return hub.hears(x) ? &hub : nullptr;
  }

  /// Calls `f` for every event that `pattern` names: one name (`channel.join`), all names that begin with a text
  /// (`supervisor.*`), or all (`*`). Handlers are called in the order in which they were attached.
  /// @returns the id for `detach`.
  handler_id attach(std::string pattern, handler f);

  /// The same for all events whose name `wants` accepts. `wants` is called for each event, once only for a frequent
  /// one, and must not throw.
  handler_id attach(std::function<bool(std::string_view name)> wants, handler f);

  /// Removes a handler. Does nothing when there is none with this id.
  void detach(handler_id id);

  /// Whether any handler is attached.
  bool has_listeners() const noexcept { return live_.load(std::memory_order_relaxed) != nullptr; }

  /// Whether there is a handler of this event.
  bool hears(frequent_event x) const noexcept {
    return (heard_.load(std::memory_order_relaxed) >> static_cast<unsigned>(x) & 1U) != 0;
  }

  /// Records spans from now on, of connects, joins, events, broadcasts and `trace_span`s, and calls `f` with each that
  /// is sampled, on the thread on which it ends. `f` must not block and must not throw. A later call replaces the
  /// former one. Spans that have begun go to the `f` that was set then.
  void trace(trace_options options, std::function<void(span_record&&)> f);
  void stop_tracing(); ///< records no further spans

  /// Null when no spans are recorded. For Bennu's own spans.
  engine::tracer* tracer() const noexcept { return tracer_.load(std::memory_order_acquire); }

  /// The same for the hub of a system. Costs one relaxed load when nothing of the process records spans or listens to
  /// `channel.handled_in`.
  static engine::tracer* tracer_of(const caf::actor_system& system) noexcept {
    auto* hub = listening(system, frequent_event::channel_handled_in);
    return hub != nullptr ? hub->tracer() : nullptr;
  }

  /// Calls the handlers of this event on the calling thread.
  void emit(std::string_view name, std::initializer_list<measurement> measurements,
            std::initializer_list<metadata> fields) noexcept;
  void emit(frequent_event name, std::initializer_list<measurement> measurements,
            std::initializer_list<metadata> fields) noexcept;

private:
  struct entry {
    handler_id id;
    std::string pattern; ///< as `telemetry.handler_failed` tells it
    std::function<bool(std::string_view name)> wants;
    handler f;
    uint32_t heard = 0; ///< a bit for each frequent event that it wants
  };
  using entries = std::vector<std::shared_ptr<const entry>>;

  handler_id add(entry x);
  void publish(entries next);
  void set_heard(uint32_t next);
  void set_tracer(std::unique_ptr<engine::tracer> next);
  void call(const entry& x, const telemetry_event& event) noexcept;
  void failed(const entry& x, std::string_view event) noexcept;

  // How many hubs of the process have handlers of each frequent event.
  static inline std::array<std::atomic<uint32_t>, frequent_event_count> heard_anywhere_{};

  std::mutex mutex_;
  handler_id last_id_ = 0;
  std::atomic<const entries*> live_{nullptr};
  std::atomic<uint32_t> heard_{0}; // a bit for each frequent event
  // Published lists are freed with the hub only, because an emitting thread may still iterate over one.
  std::vector<std::unique_ptr<const entries>> lists_;
  std::atomic<engine::tracer*> tracer_{nullptr};
  std::vector<std::unique_ptr<engine::tracer>> tracers_; // freed with the hub, like the lists
};

/// Makes a context the one of `trace_context::current` as long as this object lives. For an actor that got the context
/// in a message of its own, and for a task on another thread. Thread safety: it ends on the thread where it began, and
/// scopes are nested.
class trace_scope {
public:
  explicit trace_scope(trace_context context); ///< the context from here on
  ~trace_scope();
  trace_scope(const trace_scope&) = delete;
  trace_scope& operator=(const trace_scope&) = delete;

private:
  const trace_context context_;
  const trace_context* outer_;
};

/// A span of the program's own, from here to the end of the block. It is a child of the current one, and is itself the
/// current one meanwhile. An exception that leaves the block is its failure. Without `telemetry::trace` it costs one
/// load.
///
///     trace_span span{self()->system(), "orders.find", span_kind::client};
///     span.set("db.system.name", "postgresql");
///
/// Thread safety: it ends on the thread where it began, and spans are nested.
class trace_span {
public:
  explicit trace_span(const caf::actor_system& system, std::string_view name, span_kind role = span_kind::internal)
    : trace_span(telemetry::tracer_of(system), name, role) {} ///< begins the span
  ~trace_span();
  trace_span(const trace_span&) = delete;
  trace_span& operator=(const trace_span&) = delete;

  /// Adds an attribute; see OpenTelemetry's conventions for names. A later one of the same name replaces it.
  trace_span& set(std::string_view name, std::string_view text);
  trace_span& set(std::string_view name, int64_t number);

  /// The span has failed.
  void fail(std::string_view why);

private:
  trace_span(const engine::tracer* by, std::string_view name, span_kind kind);

  std::unique_ptr<engine::open_span> span_;
  std::optional<trace_scope> scope_;
  int exceptions_ = 0;
};

} // namespace bennu
