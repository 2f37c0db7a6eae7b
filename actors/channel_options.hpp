#pragma once

#include <chrono>

#include <bennu/actors/rate_limit.hpp>
#include <bennu/supervision/child_spec.hpp>

namespace bennu {

/// How the channels of one route are supervised.
struct channel_options {
  /// `transient` (the default): a channel that crashes is started again in place, on the same topic with the same join
  /// payload; its client keeps the subscription. `temporary`: strict Phoenix, the client gets `phx_error` at once and rejoins by
  /// itself. `permanent` is refused: a channel whose client left must not come back.
  restart restart_as = restart::transient;

  /// How often one channel may be restarted before its client is told `phx_error`. 3 in 5 s: Elixir's default.
  restart_limit intensity{3, std::chrono::seconds{5}};

  /// How fast one client may go on one topic of the route; `joins` counts its joins of all topics of the route. None by default; the
  /// limits of the socket hold beside these.
  rate_limits limits{};

  /// How long a channel may take to stop. 5 s: OTP's default for workers.
  std::chrono::milliseconds shutdown_time = std::chrono::seconds{5};
};

} // namespace bennu
