#pragma once

#include <string>
#include <vector>

#include "apps/bench/crowd.hpp"
#include "apps/bench/histogram.hpp"
#include "apps/bench/options.hpp"

namespace bennu::bench {

/// Keeps a window of publishes under way on one topic and checks what every subscriber receives.
///
/// A publish is complete when each subscriber has it; then its publisher sends the next one.
/// Publishes that become due in the same turn of the loop leave in one write, as they would from
/// one busy client.
class fanout_run final : public client_events {
public:
  /// The first `how.publishers` of `room` publish; all of `room` must be joined to one topic.
  fanout_run(poller& loop, crowd& room, const options& how, size_t window);

  /// Publishes until `end`, then waits until everything has arrived.
  void run_until(time_point end);

  /// Puts new publishes on their way when there is room in the window; none once `end` has passed.
  void publish_due(time_point end);

  bool idle() const noexcept { return under_way_ == 0; }
  uint64_t deliveries() const noexcept { return deliveries_; }
  const histogram& latency() const noexcept { return latency_; }
  void forget_latency() noexcept { latency_ = {}; }

private:
  struct publisher {
    uint64_t next = 0;               // the number of the next publish
    std::vector<time_point> sent_at; // of the last `window` publishes
    std::vector<size_t> missing;     // their deliveries still to come
    size_t under_way = 0;
  };

  void opened(client&) override {}
  void received(client& from, const message_view& message, time_point when) override;
  void deliver(client& to, size_t publisher_number, uint64_t number, time_point when);

  poller& loop_;
  crowd& room_;
  size_t window_;
  size_t payload_bytes_;
  std::vector<publisher> publishers_;
  std::vector<uint64_t> expected_; // [subscriber * publishers + publisher]: the next number
  size_t under_way_ = 0;
  uint64_t deliveries_ = 0;
  histogram latency_;
};

} // namespace bennu::bench
