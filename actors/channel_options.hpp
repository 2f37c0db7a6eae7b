#pragma once

#include <chrono>
#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include <bennu/actors/rate_limit.hpp>
#include <bennu/supervision/restart_intensity.hpp>

namespace bennu {

/// How much of the latest broadcasts of each topic every node keeps, so that a client that was away gets what it
/// missed. What exceeds one of the bounds is dropped, the oldest first. See apps/guide/history.md.
struct history {
  /// How many messages.
  /// 1,000: a minute of a busy chat.
  size_t messages = 1'000;

  /// How many bytes. A message counts with the frame that clients receive: about twice its payload and 600 bytes.
  /// 1 MiB: 250 topics fill `node_options::history_total_bytes`.
  size_t bytes = size_t{1} << 20;

  /// For how long.
  /// 60 s: a tunnel, a restart of a node, a change from one network to another.
  std::chrono::milliseconds age = std::chrono::seconds{60};
};

/// How the channels of one route are supervised and limited.
struct channel_options {
  /// `transient` (the default): a channel that crashes restarts in place, with the same topic and join payload; its
  /// client stays joined. `temporary`: exactly as in Phoenix, the client receives `phx_error` and rejoins.
  /// `endpoint::channel` refuses `permanent`, because a channel whose client has left must not restart.
  restart restart_as = restart::transient;

  /// How often one channel may restart before its client receives `phx_error`.
  /// 3 within 5 s: the default of Elixir's supervisors.
  restart_limit intensity{3, std::chrono::seconds{5}};

  /// How fast one client may send on one topic of the route; `joins` counts its joins of all topics of the route. The
  /// limits of the socket apply as well.
  /// No limit: a rate that suits every application would protect none.
  rate_limits limits{};

  /// How many topics a channel may subscribe its client to, besides its own; see `channel::subscribe`.
  /// 100: as many as the channels of a connection. A topic has at most 1024 bytes.
  size_t max_subscriptions = 100;

  /// Whether a client that joins again with the position of the last message that it has gets what it missed. Then
  /// every broadcast on a topic of the route has a position. REQUIRES: the same on all nodes of a cluster.
  /// No history: it costs memory, and clients have to send the position.
  std::optional<bennu::history> history{};

  /// Events of a route with history that are about the moment, such as "typing". They have no position, a client that
  /// comes back does not get them, and they may overtake the other events. REQUIRES: the same on all nodes.
  /// None: a client that comes back misses nothing.
  std::vector<std::string> live_events{};

  /// How long a channel may take to stop before it is killed.
  /// 5 s: the default of OTP for workers.
  std::chrono::milliseconds shutdown_time = std::chrono::seconds{5};
};

} // namespace bennu
