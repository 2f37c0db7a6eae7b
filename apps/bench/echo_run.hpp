#pragma once

#include <string>
#include <vector>

#include "apps/bench/crowd.hpp"
#include "apps/bench/histogram.hpp"
#include "apps/bench/options.hpp"

namespace bennu::bench {

/// Keeps a window of `ping` events under way on each client's own channel; replies must come once,
/// in order, unchanged.
class echo_run final : public client_events {
public:
  echo_run(poller& loop, crowd& everybody, const options& how, size_t window);

  /// Pings until `end`, then waits for the last reply.
  void run_until(time_point end);

  uint64_t echoes() const noexcept { return echoes_; }
  const histogram& latency() const noexcept { return latency_; }
  void forget_latency() noexcept { latency_ = {}; }

private:
  struct conversation {
    uint64_t sent = 0;
    uint64_t answered = 0;
    std::vector<time_point> sent_at; // of the last `window` pings
    bool due = false;                // listed in `due_`
  };

  void opened(client&) override {}
  void received(client& from, const message_view& message, time_point when) override;
  void ping_due(time_point end);

  poller& loop_;
  crowd& everybody_;
  size_t window_;
  std::string pad_;
  std::vector<conversation> conversations_;
  std::vector<size_t> due_; // clients with room in their window
  size_t under_way_ = 0;
  uint64_t echoes_ = 0;
  histogram latency_;
};

} // namespace bennu::bench
