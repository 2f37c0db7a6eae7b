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
#include "supervision/process/crash_report.hpp"
#include <bennu/supervision/process.hpp>
#include <bennu/supervision/supervisor_commands.hpp>
#include <bennu/supervision/supervisor_error.hpp>

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
  return {static_cast<uint8_t>(code), caf::atom("bennu_reg"), caf::make_message(to_string(code))};
}

/// Is attached to an actor from its first registration to its end.
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
  // The actor ended, or was evicted, in the meantime, and its clean-up may have missed this entry.
  table_->erase(key, who.address());
  return make_error(registry_error::not_alive);
}

size_t registry::remove(const std::string& key, const caf::actor& who) const {
  if (!who)
    return 0;
  auto result = table_->erase(key, who.address());
  table_->forget(who.address(), key, result);
  return result;
}

size_t registry::remove_if(const std::string& key, const caf::actor& who, const predicate& wanted) const {
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
  std::vector<caf::actor> bin;
  std::lock_guard guard{table_->listener_mutex};
  table_->add_listener({listener.address(), std::nullopt}, bin);
}

std::vector<registration> registry::listen(const std::string& key, const caf::actor& listener) const {
  std::vector<registration> result;
  std::vector<caf::actor> bin;
  {
    auto& shard = table_->shard_of(key); // while it is locked, no listener is told about the key
    std::lock_guard guard{shard.mutex};
    if (auto found = shard.entries.find(key); found != shard.entries.end())
      for (auto& x : found->second)
        result.push_back({caf::actor_cast<caf::actor>(x.who), x.value});
    std::lock_guard listeners{table_->listener_mutex};
    table_->add_listener({listener.address(), key}, bin);
  }
  std::erase_if(result, [](auto& x) { return !is_alive(x.actor); });
  return result;
}

void registry::stop_listening(const std::string& key, const caf::actor& listener) const {
  std::lock_guard guard{table_->listener_mutex};
  std::erase_if(table_->listeners, [&](auto& x) { return x.who == listener.address() && x.key == key; });
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

size_t registry::count() const {
  std::vector<caf::actor> all;
  for (auto& shard : table_->keys) {
    std::shared_lock guard{shard.mutex};
    for (auto& [key, entries] : shard.entries)
      for (auto& x : entries)
        all.push_back(caf::actor_cast<caf::actor>(x.who));
  }
  return static_cast<size_t>(std::count_if(all.begin(), all.end(), [](auto& x) { return is_alive(x); }));
}

size_t registry::count(const std::string& key) const {
  return lookup(key).size();
}

std::vector<registry_entry> registry::select(const std::function<bool(const registry_entry&)>& wanted) const {
  std::vector<registry_entry> result;
  for (auto& shard : table_->keys) {
    std::vector<registry_entry> all;
    {
      std::shared_lock guard{shard.mutex};
      for (auto& [key, entries] : shard.entries)
        for (auto& x : entries)
          all.push_back({key, caf::actor_cast<caf::actor>(x.who), x.value});
    }
    for (auto& x : all)
      if (is_alive(x.actor) && wanted(x))
        result.push_back(std::move(x));
  }
  return result;
}

size_t registry::dispatch(const std::string& key,
                          const std::function<void(const std::vector<registration>&)>& f) const {
  auto all = lookup(key);
  if (!all.empty())
    f(all);
  return all.size();
}

size_t registry::dispatch(const std::string& key, const caf::message& content) const {
  auto all = lookup(key);
  for (auto& x : all)
    x.actor->enqueue(nullptr, caf::make_message_id(), content, nullptr);
  return all.size();
}

// -- names of children --------------------------------------------------------

// The former actor may never have ended: the name is taken from it before it is asked for.
start_result registry::start_named(const std::string& key, const caf::message& value,
                                   const std::function<start_result()>& start, caf::actor_addr& former) const {
  if (auto before = live_actor(former))
    evict(before);
  engine::name_claim claim{table_, key};
  if (!claim.is_granted())
    return start_result::failed(already_started(claim.holder(), "the name '" + key + "' is taken"));
  auto result = start();
  auto who = result.child();
  if (!who || result.what() == start_result::state::ignored)
    return result;
  former = who.address();
  if (add(key, who, value) != make_error(registry_error::already_registered))
    return result; // the supervisor sees by itself that one has ended meanwhile
  signal_exit(who, exits::kill());
  return start_result::failed(already_started(find(key), "the name '" + key + "' is taken"));
}

child_spec registry::naming(std::string key, child_spec spec, caf::message value) const {
  spec.start = [names = *this, key = std::move(key), value = std::move(value), start = std::move(spec.start),
                former = caf::actor_addr{}](caf::event_based_actor* parent, const start_cause& cause) mutable {
    return names.start_named(
      key, value, [&] { return start(parent, cause); }, former);
  };
  return spec;
}

start_child_command registry::get_or_start(std::string key, child_spec spec, caf::message value) const {
  spec = naming(std::move(key), std::move(spec), std::move(value));
  spec.start = [start = std::move(spec.start)](caf::event_based_actor* parent,
                                               const start_cause& cause) -> start_result {
    auto result = start(parent, cause);
    if (result.what() != start_result::state::failed || cause.is_restart())
      return result;
    auto holder = actor_of(result.why());
    return holder ? start_result::ignore(std::move(holder)) : result;
  };
  return {make_recipe(std::move(spec))};
}

} // namespace bennu
