#include "actors/pubsub.hpp"

#include <caf/send.hpp>

#include "actors/node.hpp"
#include "actors/pubsub_shard.hpp"

namespace bennu {

void pubsub::broadcast(std::string topic, std::string event, payload body) {
  auto x = caf::make_counted<const bennu::broadcast>(std::move(topic), std::move(event), std::move(body));
  for (size_t i = 0; i < home_.unit_count(); ++i)
    caf::anon_send(home_.unit(i).shard.get(), x);
}

void pubsub::broadcast_from_unit(unit_services& here, broadcast_ptr x) {
  here.subscribers.deliver(x);
  for (size_t i = 0; i < home_.unit_count(); ++i)
    if (i != here.index)
      caf::anon_send(home_.unit(i).shard.get(), x);
}

// Plain subscribers live on the first unit: every broadcast passes through each unit's table once.
void pubsub::subscribe(const std::string& topic, const caf::actor& subscriber) {
  caf::anon_send(home_.unit(0).shard.get(), subscribe_actor{topic, subscriber});
}

void pubsub::unsubscribe(const std::string& topic, const caf::actor& subscriber) {
  caf::anon_send(home_.unit(0).shard.get(), unsubscribe_actor{topic, subscriber});
}

} // namespace bennu
