#include "actors/cluster/link/links.hpp"

#include <algorithm>
#include <utility>
#include <vector>

#include <caf/actor_cast.hpp>
#include <caf/actor_system.hpp>
#include <caf/send.hpp>

#include "actors/cluster/link/link_actor.hpp"
#include "actors/cluster/link/link_slot.hpp"
#include "supervision/process/numbers.hpp"
#include <bennu/supervision/child.hpp>
#include <bennu/supervision/dynamic_supervisor.hpp>
#include <bennu/supervision/process.hpp>
#include <bennu/supervision/telemetry.hpp>

namespace bennu::engine {

namespace {

constexpr restart_limit before_given_up{10, std::chrono::seconds{10}};

// Sessions are numbered upwards from a random place, so that no two lives of a node share numbers.
uint64_t first_session() {
  return (random_bits() >> 32 << 24) + 1;
}

} // namespace

links::links(caf::actor_system& system, peer self, link_options options)
  : system_(system), self_(std::move(self)), options_(options), sessions_(first_session()) {}

links::~links() = default;

child_spec links::supervised() {
  return dynamic_supervisor({.name = "links", .announce = [this](const caf::actor& x) { supervisor_is(x); }});
}

void links::supervisor_is(const caf::actor& supervisor) {
  std::unique_lock guard{slots_mutex_};
  supervisor_ = supervisor;
  for (auto& [name, slot] : slots_) { // starts that the last supervisor had not carried out are lost
    std::lock_guard slot_guard{slot->mutex};
    slot->is_starting = false;
  }
}

std::shared_ptr<link_slot> links::find(const std::string& name) const {
  std::shared_lock guard{slots_mutex_};
  auto place = slots_.find(name);
  return place == slots_.end() ? nullptr : place->second;
}

std::shared_ptr<link_slot> links::find_or_add(const std::string& name) {
  std::unique_lock guard{slots_mutex_};
  auto& slot = slots_[name];
  if (!slot)
    slot = std::make_shared<link_slot>(name, options_.max_queued_bytes);
  return slot;
}

bool links::send(const std::string& name, link_bytes bytes, uint64_t broadcasts) {
  auto slot = find(name);
  if (!slot)
    return false;
  std::lock_guard guard{slot->mutex};
  if (!slot->is_open || !slot->queue.push(std::move(bytes), slot->in_flight, broadcasts)) {
    ++slot->refused;
    return false;
  }
  if (!std::exchange(slot->is_woken, true))
    caf::anon_send(slot->actor, link_wake{});
  return true;
}

size_t links::queued(const std::string& name) const {
  auto slot = find(name);
  if (!slot)
    return 0;
  std::lock_guard guard{slot->mutex};
  return slot->queue.bytes() + slot->in_flight;
}

std::vector<link_state> links::states() const {
  std::vector<link_state> result;
  {
    std::shared_lock guard{slots_mutex_};
    for (const auto& [name, slot] : slots_)
      result.push_back(slot->state());
  }
  std::sort(result.begin(), result.end(), [](auto& a, auto& b) { return a.peer < b.peer; });
  return result;
}

void links::carry(std::shared_ptr<shared_names> names) {
  names_ = std::move(names);
}

void links::tell_names(const std::vector<name_entry>& changes) {
  std::shared_lock guard{slots_mutex_};
  for (const auto& [name, slot] : slots_) {
    std::lock_guard slot_guard{slot->mutex};
    if (slot->is_open && slot->actor)
      caf::anon_send(slot->actor, link_names{changes});
  }
}

void links::cut(const std::string& name, const std::string& why) {
  if (auto slot = find(name)) {
    std::lock_guard guard{slot->mutex};
    if (slot->actor)
      caf::anon_send(slot->actor, link_cut{why});
  }
}

void links::tell(const std::string& name, const std::string& news) {
  if (auto slot = find(name)) {
    std::lock_guard guard{slot->mutex};
    if (slot->actor)
      caf::anon_send(slot->actor, link_tell{news});
  }
}

// The actor of the link decides, because it knows whether a connection is being opened.
bool links::forget(const std::string& name) {
  const auto slot = find(name);
  if (!slot)
    return true;
  caf::actor whom;
  {
    std::lock_guard guard{slot->mutex};
    whom = slot->actor;
    if (slot->is_connected || slot->waiting || (!whom && slot->is_starting))
      return false;
  }
  if (whom)
    caf::anon_send(whom, link_forget{});
  else
    erase(slot);
  return true;
}

void links::erase(const std::shared_ptr<link_slot>& slot) {
  std::unique_lock slots_guard{slots_mutex_};
  const auto found = slots_.find(slot->name);
  if (found == slots_.end() || found->second != slot)
    return;
  slots_.erase(found);
  std::lock_guard guard{hub_mutex_};
  if (hub_)
    caf::anon_send(hub_, link_forgotten{slot->name});
  if (auto* events = telemetry::listening(system_))
    events->emit("node.forgotten", {}, {{"node", slot->name}});
}

void links::open(link_connection_ptr connection) {
  auto slot = find_or_add(connection->who.name);
  std::unique_lock guard{slot->mutex};
  if (slot->actor)
    return caf::anon_send(slot->actor, link_opened{std::move(connection)});
  const auto older =
    std::exchange(slot->waiting, std::move(connection)); // destroyed after the lock, because its scribe runs code
  if (older)
    older->shut();
  const bool must_start = !std::exchange(slot->is_starting, true);
  guard.unlock();
  if (must_start)
    start_actor(slot);
}

void links::start_actor(const std::shared_ptr<link_slot>& slot) {
  std::shared_lock guard{slots_mutex_};
  auto spec = child<link_actor>("link:" + slot->name, std::ref(static_cast<link_host&>(*this)), slot);
  spec.restart_type = restart::transient; // it ends by itself when its node is forgotten
  spec.limit = before_given_up;
  spec.given_up = [slot](const exit_info&) {
    link_connection_ptr left;
    std::lock_guard slot_guard{slot->mutex};
    slot->is_starting = false;
    left.swap(slot->waiting);
  };
  if (supervisor_)
    start_child(supervisor_, std::move(spec));
}

void links::gone(const std::string& name, uint64_t connection) {
  auto slot = find(name);
  if (!slot)
    return;
  std::lock_guard guard{slot->mutex};
  if (slot->actor)
    caf::anon_send(slot->actor, link_gone{connection});
  else if (slot->waiting && slot->waiting->id == connection)
    slot->waiting.reset();
}

void links::attend(const caf::actor& hub) {
  std::shared_lock slots_guard{slots_mutex_};
  std::lock_guard guard{hub_mutex_};
  hub_ = hub;
  hub_process_ = hub ? dynamic_cast<const process*>(caf::actor_cast<caf::abstract_actor*>(hub)) : nullptr;
  for (auto& [name, slot] : slots_)
    if (slot->live && hub_)
      caf::anon_send(hub_, *slot->live);
}

void links::inform(const caf::actor& membership) {
  std::shared_lock slots_guard{slots_mutex_};
  std::lock_guard guard{hub_mutex_};
  membership_ = membership;
  for (auto& [name, slot] : slots_)
    if (membership_)
      caf::anon_send(membership_, slot->live ? link_changed{slot->live->who, true, slot->address}
                                             : link_changed{{name, 0}, false, {}});
}

bool links::is_hub_behind() const {
  std::lock_guard guard{hub_mutex_};
  return hub_process_ != nullptr && hub_process_->mailbox_depth() > options_.max_hub_depth;
}

void links::session_began(link_slot& slot, const link_up& event, const link_connection* by) {
  {
    std::lock_guard guard{slot.mutex};
    slot.is_open = true;
    ++slot.sessions;
  }
  std::lock_guard guard{hub_mutex_};
  slot.live = event;
  slot.address = by != nullptr ? by->address : std::string{};
  if (auto* events = telemetry::listening(system_))
    events->emit("link.up",
                 {{"session", static_cast<int64_t>(event.session)}, {"protocol", by != nullptr ? by->protocol : 0}},
                 {{"peer", event.who.name}});
  if (hub_)
    caf::anon_send(hub_, event);
  if (membership_)
    caf::anon_send(membership_, link_changed{event.who, true, slot.address});
}

void links::received(link_received&& event) {
  std::lock_guard guard{hub_mutex_};
  if (hub_)
    caf::anon_send(hub_, std::move(event));
}

void links::session_ended(link_slot& slot, const link_down& event, link_load lost) {
  {
    std::lock_guard guard{slot.mutex};
    slot.is_open = false;
    slot.in_flight = 0;
    lost += slot.queue.clear();
    slot.lost += lost.blocks;
  }
  std::lock_guard guard{hub_mutex_};
  slot.live.reset();
  if (auto* events = telemetry::listening(system_)) {
    events->emit("link.down", {{"session", static_cast<int64_t>(event.session)}},
                 {{"peer", event.who.name}, {"why", event.why}});
    if (lost.blocks > 0)
      events->emit("link.lost", {{"blocks", static_cast<int64_t>(lost.blocks)}}, {{"peer", event.who.name}});
    if (lost.broadcasts > 0)
      events->emit("cluster.lost", {{"broadcasts", static_cast<int64_t>(lost.broadcasts)}}, {{"node", event.who.name}});
  }
  if (hub_)
    caf::anon_send(hub_, event);
  if (membership_)
    caf::anon_send(membership_, link_changed{event.who, false, {}});
}

void links::heard_news(link_news news) {
  std::lock_guard guard{hub_mutex_};
  if (membership_)
    caf::anon_send(membership_, std::move(news));
}

} // namespace bennu::engine
