#include "actors/pubsub/pubsub_shard.hpp"
#include <bennu/supervision/child.hpp>

namespace bennu::engine {

pubsub_shard_actor::pubsub_shard_actor(caf::actor_config& config, pubsub_lane& lane)
  : process(config, lane.unit), lane_(lane) {
  set_down_handler([this](caf::down_msg& x) {
    topics_of_.erase(x.source);
    lane_.subscribers.remove(x.source);
  });
}

std::string pubsub_shard_actor::label() const {
  return "pubsub shard " + std::to_string(lane_.index);
}

caf::behavior pubsub_shard_actor::make_behavior() {
  return {
    [this](const broadcast_ptr& x) { lane_.subscribers.deliver(x); },
    [this](const broadcasts& x) {
      for (const auto& one : *x.all)
        lane_.subscribers.deliver(one);
    },
    [this](const subscribe_actor& x) { subscribe(x); },
    [this](const unsubscribe_actor& x) { unsubscribe(x); },
  };
}

// CAF counts monitors and sends one down message for each, so that there must be only one per subscriber.
void pubsub_shard_actor::subscribe(const subscribe_actor& x) {
  if (lane_.subscribers.add(x.topic, x.subscriber) && topics_of_[x.subscriber.address()]++ == 0)
    monitor(x.subscriber);
}

void pubsub_shard_actor::unsubscribe(const unsubscribe_actor& x) {
  const auto known = topics_of_.find(x.subscriber.address());
  if (!lane_.subscribers.remove(x.topic, x.subscriber.address()) || known == topics_of_.end() || --known->second > 0)
    return;
  topics_of_.erase(known);
  demonitor(x.subscriber);
}

child_spec pubsub_shard(pubsub_lane& lane) {
  return registered_in(lane.shard, child<pubsub_shard_actor>("shard " + std::to_string(lane.index), std::ref(lane)));
}

} // namespace bennu::engine
