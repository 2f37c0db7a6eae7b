#pragma once

#include <atomic>
#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <nlohmann/json.hpp>

#include "transport/observer/ended_log.hpp"
#include "transport/observer/event_gate.hpp"
#include "transport/observer/latency_window.hpp"
#include "transport/observer/ring.hpp"
#include "transport/observer/traffic.hpp"
#include <bennu/supervision/telemetry.hpp>

namespace bennu::engine {

/// The last crash of a supervised actor, in full.
struct crash_story {
  std::string supervisor; ///< the name of its supervisor
  std::string id;         ///< its id there
  std::string label;
  std::string text;
  std::string message; ///< what it handled
  std::string trace;   ///< the frames, separated by ` < `; empty outside of dev mode
  int64_t at_ms = 0;
};

/// What observers know of the telemetry of a node: how often actors crashed, restarted and hit limits, the last
/// crashes, and, while somebody looks, the events that are asked for.
///
/// Thread safety: any thread may call it; the handlers of telemetry run on the threads that emit.
class event_log : public std::enable_shared_from_this<event_log> {
public:
  /// Begins to listen. The handlers keep the log alive: a call that began earlier may outlast the observer. REQUIRES:
  /// `hub` outlives the last call of a function.
  static std::shared_ptr<event_log> listen(telemetry& hub);

  explicit event_log(telemetry& hub) : hub_(hub) {}
  event_log(const event_log&) = delete;
  event_log& operator=(const event_log&) = delete;

  uint64_t crashes() const noexcept { return crashes_.load(std::memory_order_relaxed); }
  uint64_t restarts() const noexcept { return restarts_.load(std::memory_order_relaxed); }

  /// How often each limit was hit.
  std::map<std::string, uint64_t> limit_hits() const;

  /// The connections that have ended, and how many for each reason.
  const ended_log& ended() const noexcept { return ended_; }
  std::map<std::string, uint64_t> ends() const;

  /// What the connections that have ended had exchanged.
  traffic_sum ended_traffic() const;

  /// The times that handlers of channels took in the last ten seconds. For the next ten seconds they are measured; so
  /// the first answer is empty.
  latency_summary latency();

  /// The same without asking for more.
  latency_summary known_latency() const { return latencies_.summary(steady_now()); }

  /// When the link to each other node last came up or went down, in milliseconds since 1970.
  std::map<std::string, int64_t> links() const;

  /// The newest crash of a child of that supervisor whose text is in `what`, as the supervisor tells the child's last
  /// crash: children of one class have one id. Nothing when it is not remembered.
  std::optional<crash_story> last_crash(std::string_view supervisor, std::string_view id, std::string_view what) const;

  /// The events after a number whose names begin with `prefix`. For the next ten seconds such events are kept.
  nlohmann::json events(uint64_t after, std::string_view prefix);

  /// Stops keeping events, and measuring times, when nobody has asked for ten seconds. Call it now and then.
  void rest();

  static constexpr size_t max_crashes = 200;
  static constexpr size_t max_events = 1'000;

  /// How many events of one second are kept. Further ones that are asked for are counted and dropped.
  static constexpr uint64_t max_events_per_second = 200;

  /// How many names of limits are counted, and how many links are remembered. 200: a node has some dozens.
  static constexpr size_t max_limits = 200;

private:
  struct event {
    int64_t at_ms;
    std::string name;
    std::vector<std::pair<std::string, int64_t>> measurements;
    std::vector<std::pair<std::string, std::string>> fields;
  };

  void crashed(const telemetry_event& x);
  void hit(const telemetry_event& x);
  void linked(const telemetry_event& x);
  void closed(const telemetry_event& x);
  static int64_t steady_now() noexcept;
  void keep(const telemetry_event& x);

  telemetry& hub_;
  std::atomic<uint64_t> crashes_{0}, restarts_{0};
  std::atomic<uint64_t> dropped_{0};
  handler_need events_need_, latency_need_;
  asked_prefixes asked_;
  second_quota quota_{max_events_per_second};
  ended_log ended_;
  latency_window latencies_;

  mutable std::mutex mutex_; // guards the rest
  numbered_ring<crash_story> stories_{max_crashes};
  numbered_ring<event> events_{max_events};
  std::map<std::string, uint64_t, std::less<>> limits_;
  std::map<std::string, int64_t> links_;
  std::map<std::string, uint64_t> ends_;
  traffic_sum ended_traffic_;
  std::optional<telemetry::handler_id> stopwatch_;
  std::optional<telemetry::handler_id> keeper_;
};

} // namespace bennu::engine
