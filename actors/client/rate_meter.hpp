#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include <bennu/actors/rate_limit.hpp>

namespace bennu::engine {

/// What one client has used of its limits. A plain value; time is given by the caller. Not thread-safe.
class rate_meter {
public:
  using time_point = token_bucket::time_point;

  /// Takes one join or event whose payload has so many bytes.
  /// @returns nothing, or the name of the limit that it is over: then nothing was taken.
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

} // namespace bennu::engine
