#pragma once

#include <string>
#include <vector>

#include "apps/bench/crowd.hpp"
#include "apps/bench/meter.hpp"
#include "apps/bench/options.hpp"

namespace bennu::bench {

/// Keeps `window` publishes in flight on one topic and checks what every subscriber receives.
///
/// A publish is complete when every subscriber has received it; then its publisher sends the next one. Publishes that
/// become due in the same turn of the event loop leave in one write, as they would from one busy client.
class fanout_run final : public client_events {
public:
  /// The first `how.publishers` clients publish. REQUIRES: all `subscribers` have joined the same topic.
  fanout_run(poller& loop, crowd& subscribers, const options& how, size_t window);

  /// Publishes until `end`, then waits until everything has arrived.
  void run_until(time_point end);

  /// Sends new publishes as far as the window allows. Does nothing once `end` has passed.
  void publish_due(time_point end);

  bool is_idle() const noexcept { return in_flight_ == 0; }
  uint64_t deliveries() const noexcept { return deliveries_; }
  const histogram& latency() const noexcept { return latency_; }
  void reset_latency() noexcept { latency_ = {}; }

private:
  struct publisher {
    uint64_t next = 0;               // the number of the next publish
    std::vector<time_point> sent_at; // of the last `window` publishes
    std::vector<size_t> missing;     // how many deliveries of each have yet to arrive
    size_t in_flight = 0;
  };

  void opened(client&) override {}
  void received(client& from, const message_view& message, time_point when) override;
  void count_delivery(client& to, size_t publisher_number, uint64_t number, time_point when);

  poller& loop_;
  crowd& subscribers_;
  size_t window_;
  size_t payload_bytes_;
  std::vector<publisher> publishers_;
  std::vector<uint64_t> expected_; // [subscriber * publishers + publisher]: the next number
  size_t in_flight_ = 0;
  uint64_t deliveries_ = 0;
  histogram latency_;
};

} // namespace bennu::bench
