#include "supervision/children/replies.hpp"

#include <caf/event_based_actor.hpp>
#include <caf/typed_response_promise.hpp>

#include <bennu/supervision/supervisor_error.hpp>
#include <bennu/supervision/telemetry.hpp>

namespace bennu::engine {

caf::response_promise promise_for(caf::event_based_actor& self) {
  return self.current_message_id().is_request() ? self.make_response_promise() : caf::response_promise{};
}

void refuse(const process& supervisor, caf::response_promise& asker, child_recipe& recipe, caf::error why,
            exit_kind kind) {
  if (asker.pending())
    return asker.deliver(std::move(why));
  const auto text = reason_text(why);
  if (auto* hub = telemetry::listening(supervisor.system())) {
    const auto label = supervisor.label();
    const auto id = recipe.id();
    hub->emit("supervisor.start_refused", {}, {{"supervisor", label}, {"id", id}, {"text", text}});
  }
  recipe.given_up({kind, text});
}

void count(child_counts& into, const child_recipe& recipe, bool has_actor) {
  ++into.specs;
  into.active += has_actor ? 1 : 0;
  ++(recipe.policy().type == child_type::supervisor ? into.supervisors : into.workers);
}

std::size_t restarts_left(const child_policy& policy, const restart_intensity* own, const restart_intensity& shared,
                          restart_intensity::time_point now) {
  if (own)
    return own->left(now);
  return policy.limit ? policy.limit->max_restarts : shared.left(now);
}

} // namespace bennu::engine
