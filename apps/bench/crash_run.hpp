#pragma once

#include <cstdint>
#include <string>

#include "apps/bench/crowd.hpp"
#include "apps/bench/fanout_run.hpp"
#include "apps/bench/histogram.hpp"

namespace bennu::bench {

/// Crashes one channel after another. Each client of the room joins, beside the room, a channel
/// `echo:victim-N`, has it crash, and must be told `phx_error`; the same connections carry the
/// room's messages, which `others` checks.
class crash_run final : public client_events {
public:
  crash_run(crowd& room, client_events& others);

  /// Begins the next crash; the rest follows from what the server answers.
  void begin(size_t crashes);

  bool done() const noexcept { return left_ == 0; }
  const histogram& latency() const noexcept { return latency_; }

private:
  enum class phase { idle, joining, crashing };

  void opened(client&) override {}
  void received(client& from, const message_view& message, time_point when) override;
  void join_next();
  void crash_it();

  crowd& room_;
  client_events& others_;
  size_t left_ = 0;
  phase phase_ = phase::idle;
  uint64_t join_ref_ = 1; // the room's is 1
  size_t victim_ = 0;
  std::string topic_;
  time_point crashed_at_;
  histogram latency_;
};

} // namespace bennu::bench
