#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "apps/bench/client.hpp"
#include "apps/bench/meter.hpp"
#include "apps/bench/options.hpp"

namespace bennu::bench {

/// Many clients, each of which has joined one topic with the join_ref 1.
class crowd final : public client_events {
public:
  static constexpr const char* plain_target = "/socket/websocket?vsn=2.0.0";

  /// Connects and joins all clients, a hundred at a time.
  /// @throws std::runtime_error when the server refuses a connection or a join, or sends nothing for ten seconds.
  /// @param target_of the path and query with which a client connects
  crowd(
    poller& loop, const target& server, size_t size, std::function<std::string(size_t)> topic_of,
    std::function<std::string(size_t)> target_of = [](size_t) -> std::string { return plain_target; });

  size_t size() const noexcept { return clients_.size(); }
  client& operator[](size_t i) { return *clients_[i]; }
  const std::string& topic(size_t i) const { return topics_[i]; }

  /// From now on every message that a client receives goes to `events`.
  void report_to(client_events& events);

private:
  void opened(client& from) override;
  void received(client& from, const message_view& message, time_point when) override;

  std::vector<std::unique_ptr<client>> clients_;
  std::vector<std::string> topics_;
  size_t joined_ = 0;
};

/// Runs one turn of the event loop.
/// @throws std::runtime_error, with `waiting_for` in its text, when nothing happens for ten seconds.
void turn_or_fail(poller& loop, const std::string& waiting_for);

/// Sends pings to the channels of a crowd at a steady rate, as people do who do not wait for each other. Every ping
/// must be answered once and in order.
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
