#pragma once

#include <cstddef>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "apps/bench/client.hpp"
#include "apps/bench/options.hpp"

namespace bennu::bench {

/// Many clients, each of which has joined one topic with the join_ref 1.
class crowd final : public client_events {
public:
  /// Connects and joins all clients, a hundred at a time.
  /// @throws std::runtime_error when the server refuses a connection or a join, or sends nothing for ten seconds.
  crowd(poller& loop, const target& server, size_t size, std::function<std::string(size_t)> topic_of);

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

} // namespace bennu::bench
