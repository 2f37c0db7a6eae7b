#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "apps/bench/crowd.hpp"
#include "apps/bench/histogram.hpp"

namespace bennu::bench {

/// Sends pings to the channels of a crowd at a steady rate, as people do who do not wait for each other. Every ping must
/// be answered once and in order.
class steady_pings final : public client_events {
public:
  /// @param rate pings per second of all clients together
  steady_pings(crowd& clients, size_t rate, size_t payload_bytes);

  /// The first ping is due at `now`.
  void begin(time_point now) noexcept { next_ping_ = now; }

  /// Sends the pings that are due at `now`.
  void ping_due(time_point now);

  bool all_answered() const noexcept { return answered_ == sent_; }

  uint64_t answered() const noexcept { return answered_; }
  const histogram& round_trips() const noexcept { return round_trips_; }
  void reset() noexcept { round_trips_ = {}; }

  void opened(client&) override {}
  void received(client& from, const message_view& message, time_point when) override;

private:
  struct conversation {
    uint64_t sent = 0;
    uint64_t answered = 0;
    time_point sent_at;
  };

  crowd& clients_;
  std::chrono::nanoseconds every_;
  std::string pad_;
  std::vector<conversation> conversations_;
  size_t next_ = 0;
  time_point next_ping_;
  uint64_t sent_ = 0;
  uint64_t answered_ = 0;
  histogram round_trips_;
};

} // namespace bennu::bench
