#include <bennu/actors/node.hpp>

#include <random>
#include <utility>

#include "actors/cluster/hub/hub_actor.hpp"
#include "actors/pubsub/pubsub_shard.hpp"
#include <bennu/supervision/dynamic_supervisor.hpp>
#include <bennu/supervision/supervisor.hpp>

namespace bennu {

using namespace engine;

namespace {

child_spec pool(std::string name, unit_services& unit, actor_slot& slot) {
  dynamic_supervisor_options options;
  options.name = std::move(name) + " " + std::to_string(unit.index);
  options.unit = unit.unit;
  options.announce = [&slot](const caf::actor& x) { slot.set(x); };
  return dynamic_supervisor(std::move(options));
}

uint64_t draw() {
  std::random_device device;
  return uint64_t{device()} << 32 | device();
}

} // namespace

node::node(caf::actor_system& in, std::string called, const std::vector<caf::execution_unit*>& units,
           node_options options)
  : system(in), name(std::move(called)), incarnation(options.incarnation != 0 ? options.incarnation : draw()),
    topics(*this), presences(incarnation, options.presence), names(in, name), blocking(std::move(options.blocking)) {
  for (auto* one : units)
    units_.push_back(std::make_unique<unit_services>(*this, one, units_.size()));
  if (units_.empty())
    units_.push_back(std::make_unique<unit_services>(*this, nullptr, 0));
}

std::vector<child_spec> node::children() {
  supervisor_spec shards{strategy::one_for_one};
  supervisor_spec channel_pools{strategy::one_for_one};
  supervisor_spec connection_pools{strategy::one_for_one};
  for (auto& one : units_) {
    shards.add(pubsub_shard(*one));
    channel_pools.add(pool("channels", *one, one->channels));
    connection_pools.add(pool("connections", *one, one->connections));
  }
  std::vector<child_spec> result;
  supervisor_spec all_of_pubsub{strategy::rest_for_one};
  all_of_pubsub.add(shards.supervised("shards"));
  if (link_ != nullptr)
    all_of_pubsub.add(hub_child(*this, *link_));
  result.push_back(all_of_pubsub.supervised("pubsub"));
  result.push_back(blocking.supervised("blocking pool"));
  result.push_back(presences.supervised(*this));
  result.push_back(channel_pools.supervised("channel pools"));
  result.push_back(connection_pools.supervised("connection pools"));
  return result;
}

} // namespace bennu
