#include "actors/simulation/simulated_node.hpp"

#include <algorithm>

#include <caf/send.hpp>

#include "actors/node/node_parts.hpp"
#include "actors/simulation/network.hpp"
#include "supervision/process/alive.hpp"
#include <bennu/supervision/process.hpp>
#include <bennu/supervision/supervisor.hpp>

namespace bennu::engine {

simulated_node::simulated_node(peer who, simulated_network& network, const simulated_node_options& options,
                               time_point now)
  : who_(std::move(who)), network_(network), now_(now) {
  config_.set("scheduler.policy", caf::atom("testing"));
  system_ = std::make_unique<caf::actor_system>(config_);
  scheduler().clock().current_time = now;
  node_options of_node;
  of_node.incarnation = who_.incarnation;
  of_node.presence = options.presence;
  of_node.blocking.in_place = true;
  home_ = std::make_unique<node>(*system_, who_.name, std::vector<caf::execution_unit*>{}, std::move(of_node));
  home_->parts().join_cluster(*this);
  if (options.prepare)
    options.prepare(*home_);
  supervisor_spec root{one_for_one};
  root.name("root of " + who_.name);
  for (auto& child : home_->children())
    root.add(std::move(child));
  if (options.children)
    for (auto& child : options.children(*home_))
      root.add(std::move(child));
  root_ = root.spawn(*system_);
}

simulated_node::~simulated_node() {
  kill();
  hub_ = nullptr;
  root_ = nullptr;
  scheduler().clock().cancel_all();
}

void simulated_node::kill() {
  if (std::exchange(dead_, true))
    return;
  signal_exit(root_, exits::shutdown());
  // Its last words are heard by nobody. Timers run too: a child may take its time to end.
  while (scheduler().try_run_once() || (is_alive(root_) && scheduler().trigger_timeout())) {}
}

caf::scheduler::test_coordinator& simulated_node::scheduler() {
  return dynamic_cast<caf::scheduler::test_coordinator&>(system_->scheduler());
}

void simulated_node::run_one(size_t index) {
  auto& jobs = scheduler().jobs;
  std::rotate(jobs.begin(), jobs.begin() + static_cast<std::ptrdiff_t>(index), jobs.end());
  scheduler().try_run_once();
}

std::optional<simulated_node::time_point> simulated_node::next_timer() {
  const auto& timers = scheduler().clock().schedule();
  return timers.empty() ? std::nullopt : std::optional{timers.begin()->first - ahead_};
}

void simulated_node::advance_to(time_point now) {
  now_ = now;
  auto& clock = scheduler().clock();
  if (now + ahead_ >= clock.current_time)
    scheduler().advance_time(now + ahead_ - clock.current_time);
}

void simulated_node::deliver(const link_up& x) {
  caf::anon_send(hub_, x);
}

void simulated_node::deliver(const link_down& x) {
  caf::anon_send(hub_, x);
}

void simulated_node::deliver(const link_received& x) {
  caf::anon_send(hub_, x);
}

void simulated_node::attend(const caf::actor& hub) {
  hub_ = hub;
  if (hub && !dead_)
    for (const auto& session : network_.sessions(who_.name))
      caf::anon_send(hub_, session);
}

bool simulated_node::send(const std::string& name, link_bytes bytes, std::uint64_t) {
  return !dead_ && network_.send(who_.name, name, std::move(bytes), now_);
}

size_t simulated_node::queued(const std::string& name) const {
  return network_.queued(who_.name, name);
}

std::vector<link_state> simulated_node::states() const {
  std::vector<link_state> result;
  for (const auto& session : network_.sessions(who_.name))
    result.push_back({.peer = session.who.name,
                      .now = link_state::phase::up,
                      .queued_bytes = network_.queued(who_.name, session.who.name)});
  return result;
}

void simulated_node::cut(const std::string& name, const std::string&) {
  if (!dead_)
    network_.reset(who_.name, name, now_);
}

} // namespace bennu::engine
