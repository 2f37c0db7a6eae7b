#include "actors/cluster/link/links.hpp"

#include <algorithm>
#include <utility>
#include <vector>

#include <caf/actor_cast.hpp>
#include <caf/actor_system.hpp>
#include <caf/send.hpp>

#include "actors/cluster/link/link_actor.hpp"
#include "actors/cluster/link/link_record.hpp"
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
  return dynamic_supervisor({.name = "links", .announce = [this](const caf::actor& x) { set_supervisor(x); }});
}

void links::set_supervisor(const caf::actor& supervisor) {
  std::unique_lock guard{records_mutex_};
  supervisor_ = supervisor;
  for (auto& [name, record] : records_) { // starts that the last supervisor had not carried out are lost
    std::lock_guard record_guard{record->mutex};
    record->is_starting = false;
  }
}

std::shared_ptr<link_record> links::find(const std::string& name) const {
  std::shared_lock guard{records_mutex_};
  auto place = records_.find(name);
  return place == records_.end() ? nullptr : place->second;
}

std::shared_ptr<link_record> links::find_or_add(const std::string& name) {
  std::unique_lock guard{records_mutex_};
  auto& record = records_[name];
  if (!record)
    record = std::make_shared<link_record>(name, options_.max_queued_bytes);
  return record;
}

bool links::send(const std::string& name, link_block bytes, uint64_t broadcasts) {
  auto record = find(name);
  if (!record)
    return false;
  std::lock_guard guard{record->mutex};
  if (!record->is_open || !record->queue.push(std::move(bytes), record->in_flight, broadcasts)) {
    ++record->refused;
    return false;
  }
  if (!std::exchange(record->is_woken, true))
    caf::anon_send(record->actor, link_wake{});
  return true;
}

size_t links::queued(const std::string& name) const {
  auto record = find(name);
  if (!record)
    return 0;
  std::lock_guard guard{record->mutex};
  return record->queue.bytes() + record->in_flight;
}

std::vector<link_state> links::states() const {
  std::vector<link_state> result;
  {
    std::shared_lock guard{records_mutex_};
    for (const auto& [name, record] : records_)
      result.push_back(record->state());
  }
  std::sort(result.begin(), result.end(), [](auto& a, auto& b) { return a.peer < b.peer; });
  return result;
}

void links::carry(std::shared_ptr<shared_names> names) {
  names_.add(std::move(names));
}

void links::tell_names(const std::vector<name_entry>& changes) {
  std::shared_lock guard{records_mutex_};
  for (const auto& [name, record] : records_) {
    std::lock_guard record_guard{record->mutex};
    if (record->is_open && record->actor)
      caf::anon_send(record->actor, link_names{changes});
  }
}

void links::cut(const std::string& name, const std::string& why) {
  if (auto record = find(name)) {
    std::lock_guard guard{record->mutex};
    if (record->actor)
      caf::anon_send(record->actor, link_cut{why});
  }
}

void links::tell(const std::string& name, const std::string& news) {
  if (auto record = find(name)) {
    std::lock_guard guard{record->mutex};
    if (record->actor)
      caf::anon_send(record->actor, link_tell{news});
  }
}

// The actor of the link decides, because it knows whether a connection is being opened.
bool links::forget(const std::string& name) {
  const auto record = find(name);
  if (!record)
    return true;
  caf::actor whom;
  {
    std::lock_guard guard{record->mutex};
    whom = record->actor;
    if (record->is_connected || record->waiting || (!whom && record->is_starting))
      return false;
  }
  if (whom)
    caf::anon_send(whom, link_forget{});
  else
    erase(record);
  return true;
}

void links::erase(const std::shared_ptr<link_record>& record) {
  std::unique_lock records_guard{records_mutex_};
  const auto found = records_.find(record->name);
  if (found == records_.end() || found->second != record)
    return;
  records_.erase(found);
  std::lock_guard guard{hub_mutex_};
  if (hub_)
    caf::anon_send(hub_, link_forgotten{record->name});
  if (auto* events = telemetry::listening(system_))
    events->emit("node.forgotten", {}, {{"node", record->name}});
}

void links::open(link_connection_ptr connection) {
  auto record = find_or_add(connection->who.name);
  std::unique_lock guard{record->mutex};
  if (record->actor)
    return caf::anon_send(record->actor, link_opened{std::move(connection)});
  const auto older =
    std::exchange(record->waiting, std::move(connection)); // destroyed after the lock, because its scribe runs code
  if (older)
    older->shut();
  const bool must_start = !std::exchange(record->is_starting, true);
  guard.unlock();
  if (must_start)
    start_actor(record);
}

void links::start_actor(const std::shared_ptr<link_record>& record) {
  std::shared_lock guard{records_mutex_};
  auto spec = child<link_actor>("link:" + record->name, std::ref(static_cast<link_host&>(*this)), record);
  spec.restart_type = restart::transient; // it ends by itself when its node is forgotten
  spec.limit = before_given_up;
  spec.given_up = [record](const exit_info&) {
    link_connection_ptr left;
    std::lock_guard record_guard{record->mutex};
    record->is_starting = false;
    left.swap(record->waiting);
  };
  if (supervisor_)
    start_child(supervisor_, std::move(spec));
}

void links::gone(const std::string& name, uint64_t connection) {
  auto record = find(name);
  if (!record)
    return;
  std::lock_guard guard{record->mutex};
  if (record->actor)
    caf::anon_send(record->actor, link_gone{connection});
  else if (record->waiting && record->waiting->id == connection)
    record->waiting.reset();
}

void links::attend(const caf::actor& hub) {
  std::shared_lock records_guard{records_mutex_};
  std::lock_guard guard{hub_mutex_};
  hub_ = hub;
  hub_process_ = hub ? dynamic_cast<const process*>(caf::actor_cast<caf::abstract_actor*>(hub)) : nullptr;
  for (auto& [name, record] : records_)
    if (record->live && hub_)
      caf::anon_send(hub_, *record->live);
}

void links::inform(const caf::actor& membership) {
  std::shared_lock records_guard{records_mutex_};
  std::lock_guard guard{hub_mutex_};
  membership_ = membership;
  for (auto& [name, record] : records_)
    if (membership_)
      caf::anon_send(membership_, record->live ? link_changed{record->live->who, true, record->address}
                                               : link_changed{{name, 0}, false, {}});
}

bool links::is_hub_behind() const {
  std::lock_guard guard{hub_mutex_};
  return hub_process_ != nullptr && hub_process_->mailbox_depth() > options_.max_hub_depth;
}

void links::session_began(link_record& record, const link_up& event, const link_connection* by) {
  {
    std::lock_guard guard{record.mutex};
    record.is_open = true;
    ++record.sessions;
  }
  std::lock_guard guard{hub_mutex_};
  record.live = event;
  record.address = by != nullptr ? by->address : std::string{};
  if (auto* events = telemetry::listening(system_))
    events->emit("link.up",
                 {{"session", static_cast<int64_t>(event.session)}, {"protocol", by != nullptr ? by->protocol : 0}},
                 {{"peer", event.who.name}});
  if (hub_)
    caf::anon_send(hub_, event);
  if (membership_)
    caf::anon_send(membership_, link_changed{event.who, true, record.address});
}

void links::received(link_received&& event) {
  std::lock_guard guard{hub_mutex_};
  if (hub_)
    caf::anon_send(hub_, std::move(event));
}

void links::session_ended(link_record& record, const link_down& event, link_load lost) {
  {
    std::lock_guard guard{record.mutex};
    record.is_open = false;
    record.in_flight = 0;
    lost += record.queue.clear();
    record.lost += lost.blocks;
  }
  std::lock_guard guard{hub_mutex_};
  record.live.reset();
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
