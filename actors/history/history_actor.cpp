#include "actors/history/history_actor.hpp"

#include <caf/send.hpp>

#include "actors/pubsub/hub_messages.hpp"
#include "supervision/process/local_message.hpp"
#include <bennu/supervision/child.hpp>

namespace bennu::engine {

struct history_beat_due {
  using local_message = void;
};

history_actor::history_actor(caf::actor_config& config, const history_services& services)
  : process(config), services_(services) {}

std::string history_actor::label() const {
  return "history";
}

size_t history_actor::memory() const noexcept {
  return services_.store.numbers().bytes;
}

std::string history_actor::detail() const {
  const auto x = services_.store.numbers();
  return std::to_string(x.topics) + " topics, " + std::to_string(x.messages) + " messages of " + std::to_string(x.bytes)
         + " bytes";
}

caf::behavior history_actor::make_behavior() {
  attend(services_.hub.get());
  delayed_send(this, history_store::beat_time, history_beat_due{});
  if (const auto left = services_.store.left_to_catch_up())
    delayed_send(this, *left, history_catch_up_over{});
  return {
    [this](const history_new_hub& x) { attend(x.hub); },
    [this](const link_up& x) { services_.store.peer_up(x.who); },
    [this](const link_down& x) { services_.store.peer_down(x.who); },
    [this](const history_asked& x) { services_.store.answer(x.from, x.shard, x.what); },
    [this](history_beat_due) { beat(); },
    [this](history_catch_up_over) { services_.store.stop_catching_up(); },
  };
}

// All nodes count as lost until the hub reports them.
void history_actor::attend(const caf::actor& hub) {
  services_.store.all_down();
  if (hub)
    caf::anon_send(hub, hub_attend{caf::actor_cast<caf::actor>(this)});
}

void history_actor::beat() {
  services_.store.expire();
  if (services_.hub.get())
    services_.store.tell_what_it_has({});
  delayed_send(this, history_store::beat_time, history_beat_due{});
}

child_spec history_child(const history_services& services) {
  return registered_in(services.store.actor, child<history_actor>("history", services));
}

} // namespace bennu::engine
