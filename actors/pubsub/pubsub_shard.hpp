#pragma once

#include <memory>
#include <string>
#include <unordered_map>
#include <vector>

#include <caf/actor.hpp>
#include <caf/allowed_unsafe_message_type.hpp>

#include "actors/pubsub/pubsub_lane.hpp"
#include <bennu/actors/broadcast.hpp>
#include <bennu/supervision/child_spec.hpp>
#include <bennu/supervision/process.hpp>

namespace bennu::engine {

/// Broadcasts that arrived together from another node.
struct broadcasts {
  std::shared_ptr<const std::vector<broadcast_ptr>> all;
};

struct subscribe_actor {
  std::string topic;
  caf::actor subscriber;
};

struct unsubscribe_actor {
  std::string topic;
  caf::actor subscriber;
};

/// Receives the broadcasts of other threads for one io unit.
///
/// It accepts `broadcast_ptr`, `broadcasts`, `subscribe_actor` and `unsubscribe_actor`, and sends broadcasts to
/// subscribers. The pubsub supervisor of the node starts it, `permanent`. The table of subscribers belongs to the
/// lane, so that nothing is lost when the actor restarts. When a subscriber ends, it is removed.
/// Thread safety: pinned to the unit of its lane.
class pubsub_shard_actor : public process {
public:
  pubsub_shard_actor(caf::actor_config& config, pubsub_lane& lane);
  std::string label() const override;

protected:
  caf::behavior make_behavior() override;

private:
  void subscribe(const subscribe_actor& x);
  void unsubscribe(const unsubscribe_actor& x);

  pubsub_lane& lane_;
  std::unordered_map<caf::actor_addr, size_t>
    topics_of_; ///< how many topics each subscriber has; it is monitored while it has one
};

/// The child spec of the actor that receives broadcasts for `lane`: `permanent`, pinned.
child_spec pubsub_shard(pubsub_lane& lane);

} // namespace bennu::engine

CAF_ALLOW_UNSAFE_MESSAGE_TYPE(bennu::engine::broadcasts)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(bennu::engine::subscribe_actor)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(bennu::engine::unsubscribe_actor)
