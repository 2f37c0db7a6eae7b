#include <bennu/supervision/registry.hpp>

#include <algorithm>
#include <utility>

#include <caf/abstract_actor.hpp>
#include <caf/actor_cast.hpp>
#include <caf/atom.hpp>
#include <caf/attachable.hpp>
#include <caf/mailbox_element.hpp>
#include <caf/make_message.hpp>

#include "supervision/lookup/registry_table.hpp"
#include "supervision/process/alive.hpp"
#include <bennu/supervision/process.hpp>

namespace bennu {

using namespace engine;

std::string to_string(registry_error code) {
  switch (code) {
    case registry_error::already_registered:
      return "already_registered";
    case registry_error::not_alive:
      return "not_alive";
  }
  return "unknown registry error";
}

caf::error make_error(registry_error code) {
  return {static_cast<std::uint8_t>(code), caf::atom("bennu_reg"), caf::make_message(to_string(code))};
}

/// Sits on an actor from its first registration to its end.
class registry::janitor : public caf::attachable {
public:
  janitor(std::weak_ptr<engine::registry_table> where, caf::actor_addr who)
    : where_(std::move(where)), who_(std::move(who)) {}

  void actor_exited(const caf::error&, caf::execution_unit*) override {
    if (auto live = where_.lock())
      live->clear(who_);
  }

private:
  std::weak_ptr<engine::registry_table> where_;
  caf::actor_addr who_;
};

registry::registry(registry_keys how, std::string name)
  : table_(std::make_shared<engine::registry_table>(how, std::move(name))) {}

// -- changes ------------------------------------------------------------------

caf::error registry::add(const std::string& key, const caf::actor& who, caf::message value) const {
  if (!table_->is_welcome(who))
    return make_error(registry_error::not_alive);
  auto is_new = false;
  {
    auto& shard = table_->shard_of(who.address());
    std::lock_guard guard{shard.mutex};
    auto [owner, inserted] = shard.owners.try_emplace(who.address());
    owner->second.keys.push_back(key);
    is_new = inserted;
  }
  auto inserted = table_->insert(key, who, value);
  if (!inserted)
    table_->forget(who.address(), key, 1);
  if (is_new) // an actor that has ended by now runs the janitor at once
    caf::actor_cast<caf::abstract_actor*>(who)->attach(caf::attachable_ptr{new janitor{table_, who.address()}});
  if (!inserted)
    return make_error(registry_error::already_registered);
  if (table_->is_welcome(who))
    return {};
  // It ended, or was evicted, while we were at it: whoever cleaned up may not have seen this entry.
  table_->erase(key, who.address());
  return make_error(registry_error::not_alive);
}

std::size_t registry::remove(const std::string& key, const caf::actor& who) const {
  if (!who)
    return 0;
  auto result = table_->erase(key, who.address());
  table_->forget(who.address(), key, result);
  return result;
}

std::size_t registry::remove_if(const std::string& key, const caf::actor& who, const predicate& wanted) const {
  if (!who)
    return 0;
  auto result = table_->erase(key, who.address(), &wanted);
  table_->forget(who.address(), key, result);
  return result;
}

void registry::evict(const caf::actor& who) const {
  if (!is_alive(who))
    return;
  std::vector<std::string> stands_under;
  auto is_new = false;
  {
    auto& shard = table_->shard_of(who.address());
    std::lock_guard guard{shard.mutex};
    auto [owner, inserted] = shard.owners.try_emplace(who.address());
    owner->second.is_evicted = true;
    stands_under.swap(owner->second.keys);
    is_new = inserted;
  }
  for (auto& key : stands_under)
    table_->erase(key, who.address());
  if (is_new)
    caf::actor_cast<caf::abstract_actor*>(who)->attach(caf::attachable_ptr{new janitor{table_, who.address()}});
}

bool registry::update(const std::string& key, const caf::actor& who,
                      const std::function<caf::message(const caf::message&)>& change) const {
  caf::message before;
  auto& shard = table_->shard_of(key);
  std::lock_guard guard{shard.mutex};
  auto found = shard.entries.find(key);
  if (table_->how != registry_keys::unique || found == shard.entries.end() || found->second.empty()
      || found->second.front().who != who.address())
    return false;
  auto after = change(found->second.front().value);
  before = std::exchange(found->second.front().value, std::move(after));
  return true;
}

void registry::listen(const caf::actor& listener) const {
  std::lock_guard guard{table_->listener_mutex};
  std::erase_if(table_->listeners, [](auto& x) { return !caf::actor_cast<caf::actor>(x); });
  table_->listeners.push_back(listener.address());
  table_->has_listeners.store(true, std::memory_order_release);
}

// -- questions ----------------------------------------------------------------

std::vector<registration> registry::lookup(const std::string& key) const {
  auto result = table_->read(key);
  std::erase_if(result, [](auto& x) { return !is_alive(x.actor); });
  return result;
}

caf::actor registry::find(const std::string& key) const {
  auto all = lookup(key);
  return all.empty() ? caf::actor{} : std::move(all.front().actor);
}

std::vector<std::string> registry::keys(const caf::actor& who) const {
  if (!is_alive(who))
    return {};
  auto& shard = table_->shard_of(who.address());
  std::lock_guard guard{shard.mutex};
  auto found = shard.owners.find(who.address());
  return found == shard.owners.end() ? std::vector<std::string>{} : found->second.keys;
}

std::vector<caf::message> registry::values(const std::string& key, const caf::actor& who) const {
  std::vector<caf::message> result;
  for (auto& x : lookup(key))
    if (x.actor == who)
      result.push_back(std::move(x.value));
  return result;
}

std::vector<registration> registry::match(const std::string& key, const predicate& wanted) const {
  auto result = lookup(key);
  std::erase_if(result, [&](auto& x) { return !wanted(x.value); });
  return result;
}

std::size_t registry::count() const {
  std::vector<caf::actor> all;
  for (auto& shard : table_->keys) {
    std::shared_lock guard{shard.mutex};
    for (auto& [key, entries] : shard.entries)
      for (auto& x : entries)
        all.push_back(caf::actor_cast<caf::actor>(x.who));
  }
  return static_cast<std::size_t>(std::count_if(all.begin(), all.end(), [](auto& x) { return is_alive(x); }));
}

std::size_t registry::count(const std::string& key) const {
  return lookup(key).size();
}

std::size_t registry::dispatch(const std::string& key, const caf::message& content) const {
  auto all = lookup(key);
  for (auto& x : all)
    x.actor->enqueue(nullptr, caf::make_message_id(), content, nullptr);
  return all.size();
}

// -- names of children --------------------------------------------------------

child_spec registry::naming(std::string key, child_spec spec, caf::message value) const {
  spec.start = [names = *this, key = std::move(key), value = std::move(value), start = std::move(spec.start),
                former = caf::actor_addr{}](caf::event_based_actor* parent, const start_cause& cause) mutable {
    auto result = start(parent, cause);
    auto who = result.child();
    if (!who)
      return result;
    if (auto before = live_actor(former))
      names.evict(before);
    former = who.address();
    if (names.add(key, who, value) != make_error(registry_error::already_registered))
      return result; // one that ended meanwhile is the supervisor's to notice
    signal_exit(who, exits::kill());
    return start_result::failed(exits::crash("the name '" + key + "' is taken"));
  };
  return spec;
}

} // namespace bennu
