#pragma once

#include <chrono>
#include <cstddef>

namespace bennu::engine {

struct unit_services;

/// Looks at the channels of one io unit every 30 s, and emits `channel.large` for each that holds more than 10 MB: in
/// its members, as far as it tells (`channel::memory`), and in the messages that wait for it.
///
/// It looks at some connections at a time, so that the clients of the unit do not wait.
/// Thread safety: none; it belongs to the thread of the unit.
class large_channels {
public:
  using time_point = std::chrono::steady_clock::time_point;

  static constexpr size_t max_bytes = 10'000'000;
  static constexpr std::chrono::seconds interval{30};

  /// Looks at the next connections. Call it again and again.
  void look(const unit_services& at, time_point now);

private:
  time_point begun_{};
  size_t next_ = 0; ///< the index of the next connection
  bool is_over_ = true;
};

} // namespace bennu::engine
