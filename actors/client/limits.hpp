#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include <caf/fwd.hpp>

#include <bennu/actors/rate_limit.hpp>
#include <bennu/supervision/telemetry.hpp>

namespace bennu::engine {

/// How much one client has used of its rate limits. A plain value; the caller passes the time. Thread safety: none.
class rate_meter {
public:
  using time_point = token_bucket::time_point;

  /// Counts one join or event with a payload of this size.
  /// @returns nothing, or the name of the limit that it would exceed; then nothing is counted.
  std::string_view take_join(const rate_limits& limits, time_point now, size_t bytes) noexcept {
    return take("joins", limits.joins, joins_, limits.bytes, now, bytes);
  }
  std::string_view take_event(const rate_limits& limits, time_point now, size_t bytes) noexcept {
    return take("events", limits.events, events_, limits.bytes, now, bytes);
  }

private:
  std::string_view take(std::string_view name, const std::optional<rate>& count, token_bucket& counted,
                        const std::optional<rate>& volume, time_point now, size_t bytes) noexcept {
    const auto cost = static_cast<int64_t>(bytes);
    const auto ready = rate::clock::duration::zero();
    if (count && counted.wait(*count, now) > ready)
      return name;
    if (volume && cost > 0 && bytes_.wait(*volume, now, cost) > ready)
      return "bytes";
    if (count)
      counted.take(*count, now);
    if (volume && cost > 0)
      bytes_.take(*volume, now, cost);
    return {};
  }

  token_bucket joins_, events_, bytes_;
};

/// Emits the telemetry event `limit.hit`: a limit was reached. Its name is one of
///   - `channels`, `join_bytes`, `values`, `inbox`, `outbox`, `send`, `idle`, `joins`, `events`, `bytes`, `expiry`,
///     `batch`, `request`, `subscriptions`, `replay`: of one connection
///   - `connections_per_address`, `buffers_per_address`, `unread_per_address`, `connections_per_id`, `joins_per_id`
///   - `api_requests`: of one key of the publish API
///   - `connections`, `descriptors`, `buffers`, `unread`, `inboxes`, `all_joins`, `all_join_bytes`, `presences`,
///     `cluster_pending`, `idempotency_keys`: of the whole node
/// The page on limits (apps/guide/limits.md) has a row for each.
inline void limit_hit(const caf::actor_system& system, std::string_view which) {
  if (auto* hub = telemetry::listening(system))
    hub->emit("limit.hit", {}, {{"limit", which}});
}

} // namespace bennu::engine
