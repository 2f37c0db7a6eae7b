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

/// Broadcasts that came together from another node.
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

/// The door of one io unit for broadcasts that come from other threads.
///
/// Accepts `broadcast_ptr`, `broadcasts`, `subscribe_actor`, `unsubscribe_actor`; forgets a subscriber that ended.
/// Started by the node's pubsub supervisor, `permanent`. The table is not its own, so nothing is lost when it is restarted.
/// Thread safety: pinned to its lane.
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
    topics_of_; ///< how many topics a subscriber has: it is monitored while it has one
};

/// The actor at which broadcasts from other threads enter an io lane.
/// Accepts `broadcast_ptr` (and many of them), subscribe and unsubscribe. `permanent`, pinned; the table survives its crash.
child_spec pubsub_shard(pubsub_lane& lane);

} // namespace bennu::engine

CAF_ALLOW_UNSAFE_MESSAGE_TYPE(bennu::engine::broadcasts)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(bennu::engine::subscribe_actor)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(bennu::engine::unsubscribe_actor)
