#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <initializer_list>
#include <memory>
#include <mutex>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <caf/fwd.hpp>

namespace bennu {

/// A number in an event, e.g. `{"depth", 17}`.
struct measurement {
  std::string_view name;
  int64_t value;
};

/// A text in an event, e.g. `{"label", "room:lobby"}`.
struct metadata {
  std::string_view name;
  std::string_view text;
};

/// Something that happened. It lives on the stack of the emitting function, so that a handler must copy what it
/// keeps.
struct telemetry_event {
  std::string_view name;
  std::span<const measurement> measurements;
  std::span<const metadata> fields;

  /// The value of a measurement, or `fallback` when the event has no measurement of that name.
  int64_t number(std::string_view key, int64_t fallback = 0) const noexcept;

  /// The text of a field; empty when the event has no field of that name.
  std::string_view text(std::string_view key) const noexcept;
};

/// The hub through which events reach their handlers: logs, metrics, traces, tests. Source: Elixir's `:telemetry`.
///
/// Libraries emit events and never log. An event without a handler costs one relaxed load:
///
///     if (auto* hub = telemetry::listening(self->system()))
///       hub->emit("supervisor.restarted", {{"restarts_left", left}}, {{"id", id}});
///
/// Thread safety: any thread may emit, attach and detach. A handler runs on the emitting thread and must neither
/// throw nor block. When `detach` returns, a call that had begun earlier may still be running.
class telemetry {
public:
  using handler = std::function<void(const telemetry_event&)>;
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

  /// Calls `f` for every event whose name begins with `prefix`; an empty prefix matches all events. Handlers are called
  /// in the order in which they were attached. @returns the id for `detach`.
  handler_id attach(std::string prefix, handler f);

  /// Removes a handler. Does nothing when there is none with this id.
  void detach(handler_id id);

  bool has_listeners() const noexcept { return live_.load(std::memory_order_relaxed) != nullptr; }

  /// Calls the handlers of this event on the calling thread. An exception of a handler ends the program.
  void emit(std::string_view name, std::initializer_list<measurement> measurements,
            std::initializer_list<metadata> fields) noexcept;

private:
  struct entry {
    handler_id id;
    std::string prefix;
    handler f;
  };
  using entries = std::vector<std::shared_ptr<const entry>>;

  void publish(entries next);

  std::mutex mutex_;
  handler_id last_id_ = 0;
  std::atomic<const entries*> live_{nullptr};
  // Published lists are freed with the hub only, because an emitting thread may still iterate over one.
  std::vector<std::unique_ptr<const entries>> lists_;
};

} // namespace bennu
