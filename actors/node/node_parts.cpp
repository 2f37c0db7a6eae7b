#include "actors/node/node_parts.hpp"

#include <stdexcept>
#include <utility>

#include "actors/client/channel_route.hpp"
#include "actors/cluster/hub/hub_actor.hpp"
#include "actors/history/history_actor.hpp"
#include "actors/presence/shard_actor.hpp"
#include "actors/pubsub/pubsub_shard.hpp"
#include "supervision/process/numbers.hpp"
#include <bennu/actors/endpoint.hpp>
#include <bennu/supervision/dynamic_supervisor.hpp>
#include <bennu/supervision/supervisor.hpp>

namespace bennu::engine {

namespace {

child_spec pool(std::string name, const pubsub_lane& lane, current_actor& current) {
  dynamic_supervisor_options options;
  options.name = std::move(name) + " " + std::to_string(lane.index);
  options.unit = lane.unit;
  options.announce = [&current](const caf::actor& x) { current.set(x); };
  return dynamic_supervisor(std::move(options));
}

} // namespace

node_parts::node_parts(caf::actor_system& in, std::string called, const std::vector<caf::execution_unit*>& on_units,
                       node_options options)
  : system(in), name(std::move(called)), incarnation(options.incarnation != 0 ? options.incarnation : random_bits()),
    paths(name, hub), histories(in, {name, incarnation}, paths, hub, options.history_total_bytes), topics(paths),
    presences(incarnation, options.presence), names(in, name), calls(hub),
    blocking(std::move(options.blocking)), clients{in, paths, presences, blocking, join_budget{options.joins}} {
  clients.dev_mode = options.dev_mode;
  history_catch_up_ = options.history_catch_up;
  clients.max_waiting_bytes = options.inboxes.max_bytes;
  for (auto* one : on_units)
    units.push_back(std::make_unique<unit_services>(clients, one, units.size()));
  if (units.empty())
    units.push_back(std::make_unique<unit_services>(clients, nullptr, 0));
  for (auto& one : units)
    paths.add(one->lane);
}

// Copies of the groups may outlive the node.
node_parts::~node_parts() {
  groups.board()->use(nullptr);
}

void node_parts::join_cluster(cluster_link& x) {
  link = &x;
  names.join(x);
  groups_of_all = std::make_shared<shared_groups>(groups.board(), x);
  groups.board()->use(groups_of_all.get());
  x.carry(groups_of_all);
  paths.join_cluster();
}

void node_parts::keep_history(std::string_view pattern, const history& bounds, std::vector<std::string> live_events) {
  paths.keep_history(histories, topic_pattern{pattern}, bounds, std::move(live_events));
}

void node_parts::keep_histories(const endpoint& of) {
  for (const auto& route : of.routes())
    if (route->options.history)
      keep_history(route->pattern.text(), *route->options.history, route->options.live_events);
}

std::vector<child_spec> node_parts::children() {
  if (std::exchange(has_children_, true))
    throw std::logic_error("node::children() was called before: a node is part of one supervision tree");
  supervisor_spec shards{strategy::one_for_one};
  supervisor_spec presence_shards{strategy::one_for_one};
  supervisor_spec channel_pools{strategy::one_for_one};
  supervisor_spec connection_pools{strategy::one_for_one};
  for (auto& one : units) {
    shards.add(pubsub_shard(one->lane));
    channel_pools.add(pool("channels", one->lane, one->channels));
    connection_pools.add(pool("connections", one->lane, one->connections));
  }
  for (const auto& shard : presences.shards())
    presence_shards.add(
      presence_shard_child({*shard, units[shard->index % units.size()]->lane, paths, presences.handler(), hub}));
  std::vector<child_spec> result;
  supervisor_spec all_of_pubsub{strategy::rest_for_one};
  all_of_pubsub.add(shards.supervised("shards"));
  if (link != nullptr)
    all_of_pubsub.add(hub_child({hub, *link, paths, presences, calls, counts, histories}));
  result.push_back(all_of_pubsub.supervised("pubsub"));
  if (paths.histories() != nullptr) {
    if (link != nullptr && link->takes_time())
      histories.catch_up(history_catch_up_);
    result.push_back(history_child({histories, hub}));
  }
  result.push_back(blocking.supervised("blocking pool"));
  result.push_back(presence_shards.supervised("presence"));
  result.push_back(channel_pools.supervised("channel pools"));
  result.push_back(connection_pools.supervised("connection pools"));
  return result;
}

} // namespace bennu::engine
