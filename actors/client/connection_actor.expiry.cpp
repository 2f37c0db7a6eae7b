// When the right of a client to be connected expires, the client is told. It may refresh; if it does not, it is
// closed.

#include <algorithm>
#include <chrono>

#include <caf/actor_clock.hpp>
#include <nlohmann/json.hpp>

#include "actors/client/connection_actor.hpp"
#include "actors/client/limits.hpp"
#include "actors/wire/frame.hpp"
#include <bennu/actors/endpoint.hpp>
#include <bennu/actors/socket.hpp>

namespace bennu::engine {

namespace {

// Returns nothing when the payload has no value to pass to a handler, for instance because it is nested too deep.
std::optional<json> value_of(const payload& x) try {
  return x.is_binary() ? json::binary({x.bytes().begin(), x.bytes().end()}) : x.value();
} catch (const std::exception&) {
  return std::nullopt;
}

} // namespace

bool connection_actor::refresh(const client_message& message) {
  const auto proof = value_of(message.body);
  auto answer = proof ? connection_->user().refresh(*proof) : std::nullopt;
  if (!answer)
    return false;
  if (auto* refused = std::get_if<connect_refused>(&*answer)) {
    connection_->reply(message, message.join_ref, "error",
                       json{{"reason", refused->body.empty() ? "refused" : refused->body}});
    return true;
  }
  auto& state = connection_->more();
  ++state.expiry;
  state.expiry_told = false;
  state.expires_at.reset();
  if (const auto after = std::get<connected>(*answer).expires_after) {
    connection_->expire_after(*after);
    await_expiry();
  }
  connection_->reply(message, message.join_ref, "ok", {});
  return true;
}

// A message that waits in CAF's clock keeps the memory of its actor, also when the client has long gone. So it waits a
// minute at most, and then again.
void connection_actor::await_expiry() {
  constexpr caf::actor_clock::duration_type longest_wait = std::chrono::minutes{1};
  auto& state = connection_->more();
  delayed_send(this, std::min(*state.expires_at - clock().now(), longest_wait), expiry_due{state.expiry});
}

void connection_actor::expire(expiry_due x) {
  auto& state = connection_->more();
  if (x.expiry != state.expiry || !state.expires_at || connection_->gone)
    return;
  if (clock().now() < *state.expires_at)
    return await_expiry();
  if (state.expiry_told) {
    limit_hit(system(), "expiry");
    connection_->ends(end_reason::expired, "its token has expired, and it did not refresh it");
    return connection_->session().close(close_code::policy_violation, "token expired");
  }
  const auto grace = connection_->via().options().expiry_grace;
  state.expiry_told = true;
  state.expires_at = clock().now() + grace;
  connection_->send(connection_->format().broadcast("phoenix", "token_expired", json{{"grace_ms", grace.count()}}));
  await_expiry();
}

} // namespace bennu::engine
