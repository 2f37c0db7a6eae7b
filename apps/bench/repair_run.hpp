#pragma once

#include <cstdint>
#include <string>

#include "apps/bench/crowd.hpp"
#include "apps/bench/histogram.hpp"
#include "apps/bench/options.hpp"
#include "apps/bench/steady_pings.hpp"

namespace bennu::bench {

/// Keeps everybody's channel busy with pings at a steady rate, and has one channel after another crash; behind the crash, in the same
/// write, goes the event that the channel answers with the time since its throw. Every ping must be answered, in order.
class repair_run final : public client_events {
public:
  repair_run(poller& loop, crowd& everybody, const options& how);

  /// Crashes so many channels, then waits for what is still owed.
  void run(size_t crashes);

  uint64_t pings() const noexcept { return pings_.answered(); }
  const histogram& repairs() const noexcept {
    return repairs_;
  } ///< throw to the first handled event, by the server's clock
  const histogram& round_trips() const noexcept { return pings_.round_trips(); }
  void forget() noexcept {
    repairs_ = {};
    pings_.forget();
  }

private:
  void opened(client&) override {}
  void received(client& from, const message_view& message, time_point when) override;
  void crash_due(time_point now);

  poller& loop_;
  crowd& everybody_;
  steady_pings pings_;
  std::chrono::nanoseconds crash_every_;
  size_t victim_ = 0;
  size_t left_ = 0;
  bool repairing_ = false;
  time_point next_crash_;
  histogram repairs_;
};

} // namespace bennu::bench
