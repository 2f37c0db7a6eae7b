#include "actors/node.hpp"

#include <utility>

#include "supervision/dynamic_supervisor.hpp"
#include "supervision/supervisor.hpp"

namespace bennu {

namespace {

child_spec pool(std::string name, unit_services& unit, actor_slot& slot) {
  dynamic_supervisor_options options;
  options.name = std::move(name) + " " + std::to_string(unit.index);
  options.unit = unit.unit;
  options.announce = [&slot](const caf::actor& x) { slot.set(x); };
  return dynamic_supervisor(std::move(options));
}

} // namespace

node::node(caf::actor_system& in, std::string called, const std::vector<caf::execution_unit*>& units)
  : system(in), name(std::move(called)), topics(*this) {
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
  result.push_back(shards.supervised("pubsub"));
  result.push_back(blocking.supervised("blocking pool"));
  result.push_back(channel_pools.supervised("channel pools"));
  result.push_back(connection_pools.supervised("connection pools"));
  return result;
}

} // namespace bennu
