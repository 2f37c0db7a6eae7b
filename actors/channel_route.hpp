#pragma once

#include <atomic>
#include <chrono>
#include <functional>
#include <memory>
#include <string>

#include "actors/channel.hpp"
#include "actors/rate_meter.hpp"
#include "actors/topic_pattern.hpp"
#include "supervision/child_spec.hpp"

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

/// Which channel serves which topics. Immutable once its endpoint serves.
struct channel_route {
  topic_pattern pattern;
  std::string name; ///< of the channel class, for labels
  std::function<std::unique_ptr<channel>(channel_context)> make;
  channel_options options;

  /// Whether `handle_out()` of the class lists this event; known since the first instance was made. Any thread may ask and tell.
  bool intercepts(std::string_view event) const noexcept {
    const auto* known = std::atomic_ref{intercepted_}.load(std::memory_order_acquire);
    return known != nullptr && known->contains(event);
  }
  void learn_intercepted(const event_table& x) const noexcept {
    std::atomic_ref{intercepted_}.store(&x, std::memory_order_release);
  }

  mutable const event_table* intercepted_ = nullptr; ///< the same table for every instance
};

} // namespace bennu
