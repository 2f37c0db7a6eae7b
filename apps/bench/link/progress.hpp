#pragma once

#include <chrono>
#include <cstddef>

#include "apps/bench/histogram.hpp"
#include "apps/bench/link/pair.hpp"

namespace bennu::bench {

/// The progress of one run of a sender, which does round trips one after another or keeps `window` messages in flight.
class progress {
public:
  void begin() noexcept { sent_ = answered_ = 0; }

  void pinged() noexcept { pinged_at_ = clock::now(); }

  /// @returns whether that was the last round trip.
  bool ponged() {
    latency_.add(static_cast<uint64_t>((clock::now() - pinged_at_).count()));
    return ++answered_ == round_trips;
  }

  bool may_send() const noexcept { return sent_ < messages && sent_ - answered_ < window; }
  void sent(size_t count) noexcept { sent_ += count; }

  /// Counts one answer, which confirms `answer_every` messages.
  /// @returns whether all messages have arrived.
  bool answered() noexcept {
    answered_ += answer_every;
    return is_over();
  }

  bool is_over() const noexcept { return answered_ >= messages; }

  void print_latency(const std::string& of) const {
    print(of + " p50", static_cast<double>(latency_.percentile(0.5)) / 1e3, "us");
    print(of + " p99", static_cast<double>(latency_.percentile(0.99)) / 1e3, "us");
  }

private:
  using clock = std::chrono::steady_clock;

  size_t sent_ = 0;
  size_t answered_ = 0;
  clock::time_point pinged_at_;
  histogram latency_;
};

} // namespace bennu::bench
