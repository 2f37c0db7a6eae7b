#include "tests/kit/simulation/simulated_node.hpp"

#include <algorithm>
#include <cstdlib>
#include <iostream>

#include <caf/actor_cast.hpp>
#include <caf/exit_reason.hpp>
#include <caf/make_actor.hpp>
#include <caf/send.hpp>

#include "actors/node/node_parts.hpp"
#include "supervision/process/crash_report.hpp"
#include "tests/kit/simulation/simulated_proxy.hpp"
#include "tests/kit/virtual_time/virtual_scheduler.hpp"
#include <bennu/supervision/process.hpp>
#include <bennu/supervision/supervisor.hpp>

namespace bennu::engine {

namespace {

// A node that is killed and does more than this has an endless loop.
constexpr size_t most_jobs_at_its_end = 1'000'000;

caf::weak_actor_ptr weak(const caf::strong_actor_ptr& x) {
  return x ? caf::actor_cast<caf::weak_actor_ptr>(x) : caf::weak_actor_ptr{};
}

void kill_proxy(const caf::strong_actor_ptr& proxy, caf::error reason) {
  static_cast<caf::actor_proxy*>(caf::actor_cast<caf::abstract_actor*>(proxy))->kill_proxy(nullptr, std::move(reason));
}

} // namespace

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
  for (const auto& [of, proxy] : proxies_)
    kill_proxy(proxy, caf::exit_reason::remote_link_unreachable);
  proxies_.clear();
  hub_ = nullptr;
  root_ = nullptr;
  scheduler().clock().cancel_all();
}

void simulated_node::kill() {
  if (std::exchange(dead_, true))
    return;
  // Messages that it sends from now on are dropped. Timers run, too, because a child may need time to end.
  for (const auto& reason : {exits::shutdown(), exits::kill()}) {
    signal_exit(root_, reason);
    for (size_t left = most_jobs_at_its_end;
         left > 0 && (scheduler().try_run_once() || (is_alive(root_) && scheduler().trigger_timeout())); --left) {}
    if (!is_alive(root_) && !scheduler().has_job())
      return;
  }
  std::cerr << "Node " << who_.name
            << " does not end: " << (scheduler().has_job() ? next_label() : "an actor without messages") << " goes on"
            << std::endl;
  std::abort(); // CAF would wait for ever
}

std::string simulated_node::next_label() {
  return label_of(scheduler().jobs.front());
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
  if (!names_.empty())
    send_names(x.who.name, true, names_.own());
}

void simulated_node::deliver(const link_down& x) {
  caf::anon_send(hub_, x);
  names_.lost(x.who.name);
  for (auto i = proxies_.begin(); i != proxies_.end();) {
    const auto here = i++;
    if (here->first.first != x.who.name)
      continue;
    kill_proxy(here->second, caf::exit_reason::remote_link_unreachable);
    proxies_.erase(here);
  }
}

// -- actors of other nodes ----------------------------------------------------

void simulated_node::deliver(const simulated_message& x) {
  const auto receiver = x.receiver.lock();
  if (!receiver || dead_)
    return;
  const auto sender = x.sender.lock();
  receiver->enqueue(sender ? proxy_for(x.who, sender) : nullptr, x.id, x.content, nullptr);
}

void simulated_node::deliver(const simulated_names& x) {
  if (dead_)
    return;
  names_message packet{x.session, x.whole, {}};
  for (const auto& entry : x.entries) {
    const auto who = entry.who.lock();
    if (who || !entry.is_taken) // the end of an actor that has ended meanwhile is reported next
      packet.entries.push_back({entry.name, who ? proxy_for(x.who, who) : nullptr, entry.since});
  }
  names_.receive(x.who.name, packet);
}

void simulated_node::deliver(const simulated_end& x) {
  const auto found = proxies_.find({x.who.name, x.actor});
  if (found == proxies_.end())
    return;
  kill_proxy(found->second, x.reason);
  proxies_.erase(found);
}

void simulated_node::tell_names(const std::vector<name_entry>& changes) {
  if (!dead_)
    for (const auto& session : network_.sessions(who_.name))
      send_names(session.who.name, false, changes);
}

void simulated_node::send_names(const std::string& to, bool whole, const std::vector<name_entry>& entries) {
  simulated_names packet;
  packet.whole = whole;
  for (const auto& x : entries)
    packet.entries.push_back({x.name, weak(x.who), x.who != nullptr, x.since});
  network_.carry(who_.name, to, std::move(packet), now_);
}

uint64_t simulated_node::micros_now() const {
  return static_cast<uint64_t>(std::chrono::duration_cast<std::chrono::microseconds>(now_.time_since_epoch()).count());
}

// Both systems are in this process, so that the actor itself is known. Others only get its proxy, whose messages travel
// over the wire.
caf::strong_actor_ptr simulated_node::proxy_for(const peer& of, const caf::strong_actor_ptr& real) {
  auto& proxy = proxies_[{of.name, real->id()}];
  if (proxy)
    return proxy;
  auto out = [&network = network_, from = who_.name, to = of.name, target = weak(real),
              this](caf::strong_actor_ptr sender, caf::message_id id, caf::message content) {
    if (!dead_)
      network.carry(from, to, simulated_message{{}, 0, weak(sender), target, id, std::move(content)}, now_);
  };
  caf::actor_config config;
  proxy = caf::make_actor<simulated_proxy, caf::strong_actor_ptr>(real->id(), real->node(), system_.get(), config,
                                                                  std::move(out));
  caf::actor_cast<caf::actor>(real)->attach_functor(
    [&network = network_, from = of.name, to = who_.name, id = real->id(), at = now_](const caf::error& reason) {
      network.carry(from, to, simulated_end{{}, 0, id, reason}, at);
    });
  return proxy;
}

// -- blocks -------------------------------------------------------------------

void simulated_node::deliver(const link_received& x) {
  caf::anon_send(hub_, x);
}

void simulated_node::attend(const caf::actor& hub) {
  hub_ = hub;
  if (hub && !dead_)
    for (const auto& session : network_.sessions(who_.name))
      caf::anon_send(hub_, session);
}

bool simulated_node::send(const std::string& name, link_block bytes, uint64_t) {
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
