#pragma once

#include <array>
#include <atomic>
#include <cstddef>
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
};

} // namespace bennu
