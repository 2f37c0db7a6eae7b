// How fast a client may send: the rates of its socket and of its routes.

#include <algorithm>

#include <caf/actor_clock.hpp>
#include <nlohmann/json.hpp>

#include "actors/client/channel_join.hpp"
#include "actors/client/channel_route.hpp"
#include "actors/client/connection_actor.hpp"
#include "actors/client/limit_hit.hpp"
#include <bennu/actors/endpoint.hpp>

namespace bennu::engine {

namespace {

rate_meter& meter_of(connection::extras& of, const channel_route& route) {
  auto& all = of.joins_used;
  auto i = std::find_if(all.begin(), all.end(), [&](auto& x) { return x.first == &route; });
  return i != all.end() ? i->second : all.emplace_back(&route, rate_meter{}).second;
}

} // namespace

// The route is asked first, so that a message that it refuses uses nothing of the allowance of the socket.
bool connection_actor::join_over_limit(const client_message& message, const channel_route& route) {
  const auto& of_socket = connection_->via().options().limits;
  const auto& of_route = route.options.limits;
  const auto bytes = message.body.bytes().size();
  if (of_route.any())
    if (over_limit(message, meter_of(connection_->more(), route).take_join(of_route, clock().now(), bytes)))
      return true;
  return of_socket.any() && over_limit(message, connection_->more().used.take_join(of_socket, clock().now(), bytes));
}

bool connection_actor::event_over_limit(const client_message& message, channel_join* there) {
  const auto& of_socket = connection_->via().options().limits;
  const auto bytes = message.body.bytes().size();
  if (there != nullptr && there->route().options.limits.any()) {
    if (!there->used)
      there->used = std::make_unique<rate_meter>();
    if (over_limit(message, there->used->take_event(there->route().options.limits, clock().now(), bytes)))
      return true;
  }
  return of_socket.any() && over_limit(message, connection_->more().used.take_event(of_socket, clock().now(), bytes));
}

bool connection_actor::over_limit(const client_message& message, std::string_view limit) {
  if (limit.empty())
    return false;
  limit_hit(system(), limit);
  reply(message, "error", json{{"reason", "rate limited"}, {"limit", limit}});
  return true;
}

} // namespace bennu::engine
