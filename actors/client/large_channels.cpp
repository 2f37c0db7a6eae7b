#include "actors/client/large_channels.hpp"

#include <algorithm>
#include <string>

#include "actors/client/channel_join.hpp"
#include "actors/client/channel_route.hpp"
#include "actors/client/connection.hpp"
#include "actors/client/unit_services.hpp"
#include <bennu/actors/channel.hpp>
#include <bennu/supervision/telemetry.hpp>

namespace bennu::engine {

namespace {

// One turn takes about a tenth of a millisecond when each client has a few channels.
constexpr size_t connections_per_turn = 1'000;

void report_if_large(const channel_join& x, telemetry& hub) {
  const auto size = x.size();
  if (size.own_bytes + size.waiting_bytes <= large_channels::max_bytes)
    return;
  const auto count = [](size_t n) { return static_cast<int64_t>(n); };
  const auto number = std::to_string(x.owner().number());
  hub.emit("channel.large",
           {{"own_bytes", count(size.own_bytes)},
            {"waiting_messages", count(size.waiting_messages)},
            {"waiting_bytes", count(size.waiting_bytes)},
            {"mailbox", count(size.mailbox)},
            {"unsent_bytes", count(size.unsent_bytes)}},
           {{"channel", x.route().name}, {"topic", x.topic()}, {"connection", number}, {"socket", x.owner().id()}});
}

} // namespace

void large_channels::look(const unit_services& at, time_point now) {
  if (is_over_ && now - begun_ < interval)
    return;
  if (std::exchange(is_over_, false)) {
    begun_ = now;
    next_ = 0;
  }
  auto* hub = telemetry::listening(at.shared.system);
  const auto end = std::min(next_ + connections_per_turn, at.live.size());
  for (; hub != nullptr && next_ < end; ++next_)
    for (const auto& join : at.live[next_]->joins())
      report_if_large(*join, *hub);
  is_over_ = hub == nullptr || next_ >= at.live.size();
}

} // namespace bennu::engine
