#include "actors/pubsub_shard.hpp"

#include "actors/node.hpp"

namespace bennu {

pubsub_shard_actor::pubsub_shard_actor(caf::actor_config& config, unit_services& unit)
  : process(config, unit.unit), unit_(unit) {
  set_down_handler([this](caf::down_msg& x) { unit_.subscribers.remove(x.source); });
}

std::string pubsub_shard_actor::label() const {
  return "pubsub shard " + std::to_string(unit_.index);
}

caf::behavior pubsub_shard_actor::make_behavior() {
  return {
    [this](const broadcast_ptr& x) { unit_.subscribers.deliver(x); },
    [this](const broadcasts& x) {
      for (const auto& one : *x.all)
        unit_.subscribers.deliver(one);
    },
    [this](const subscribe_actor& x) {
      unit_.subscribers.add(x.topic, x.subscriber);
      monitor(x.subscriber);
    },
    [this](const unsubscribe_actor& x) { unit_.subscribers.remove(x.topic, x.subscriber.address()); },
  };
}

child_spec pubsub_shard(unit_services& unit) {
  child_spec spec{"shard " + std::to_string(unit.index),
                  [&unit](caf::event_based_actor* parent, const start_cause&) -> start_result {
                    return caf::actor{parent->spawn<pubsub_shard_actor>(std::ref(unit))};
                  }};
  return registered_in(unit.shard, std::move(spec));
}

} // namespace bennu
