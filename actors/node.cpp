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
  return registered_in(slot, dynamic_supervisor(std::move(options)));
}

} // namespace

node::node(caf::actor_system& system, std::string name, const std::vector<caf::execution_unit*>& units)
  : system(system), name(std::move(name)), topics(*this) {
  for (auto* unit : units)
    units_.push_back(std::make_unique<unit_services>(*this, unit, units_.size()));
  if (units_.empty())
    units_.push_back(std::make_unique<unit_services>(*this, nullptr, 0));
}

std::vector<child_spec> node::children() {
  supervisor_spec shards{strategy::one_for_one};
  supervisor_spec channels{strategy::one_for_one};
  supervisor_spec connections{strategy::one_for_one};
  for (auto& unit : units_) {
    shards.add(pubsub_shard(*unit));
    channels.add(pool("channels", *unit, unit->channels));
    connections.add(pool("connections", *unit, unit->connections));
  }
  std::vector<child_spec> result;
  result.push_back(std::move(shards).supervised("pubsub"));
  result.push_back(std::move(channels).supervised("channel pools"));
  result.push_back(std::move(connections).supervised("connection pools"));
  return result;
}

} // namespace bennu
