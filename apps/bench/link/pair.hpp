#pragma once

#include <chrono>
#include <cstddef>
#include <functional>
#include <string>

#include "apps/bench/meter.hpp"

namespace bennu::bench {

// link.erl has the same numbers.
constexpr size_t message_size = 100;
constexpr size_t window = 10'000;     // messages in flight
constexpr size_t answer_every = 1000; // messages
constexpr size_t messages = 1'000'000;
constexpr size_t round_trips = 20'000;

/// The two halves of a measurement. `receive` runs in a second process: it passes the address on which it listens to
/// `report_address` and never returns. `send` runs in the first process. `folder` holds the certificates of the nodes a
/// and b.
struct measurement {
  void (*receive)(const std::string& folder, const std::function<void(const std::string&)>& report_address);
  void (*send)(const std::string& folder, const std::string& address);
};

/// Measures the link between two nodes alone, with blocks from hub to hub.
void receive_blocks(const std::string& folder, const std::function<void(const std::string&)>& report_address);
void send_blocks(const std::string& folder, const std::string& address);

/// Measures broadcasts of an actor on one node to a subscriber on another: the link, pubsub, and both mailboxes.
void receive_broadcasts(const std::string& folder, const std::function<void(const std::string&)>& report_address);
void send_broadcasts(const std::string& folder, const std::string& address);

void print(const std::string& what, double value, const char* unit);

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
