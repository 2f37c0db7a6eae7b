#include "supervision/lookup/registry_table.hpp"

#include <algorithm>
#include <unordered_set>
#include <utility>

#include <caf/actor_cast.hpp>
#include <caf/send.hpp>

#include "supervision/process/crash_report.hpp"

namespace bennu::engine {

bool registry_table::insert(const std::string& key, const caf::actor& who, const caf::message& value) {
  std::vector<caf::actor> hearers; // let go without the lock
  std::vector<entry> stale;
  caf::actor holder;
  auto& shard = shard_of(key);
  std::lock_guard guard{shard.mutex};
  hearers = audience(key);
  if (auto claim = shard.claims.find(key); claim != shard.claims.end() && claim->second != std::this_thread::get_id())
    return false;
  auto& entries = shard.entries[key];
  if (how == registry_keys::unique && !entries.empty()) {
    holder = caf::actor_cast<caf::actor>(entries.front().who);
    if (is_alive(holder))
      return false;
    tell_removed(hearers, key, entries.front().who);
    stale.swap(entries);
  }
  entries.push_back({who.address(), value});
  for (auto& x : hearers)
    caf::anon_send(x, key_registered{name, key, who, value});
  return true;
}

name_claim::name_claim(std::shared_ptr<registry_table> table, const std::string& key)
  : table_(std::move(table)), key_(key) {
  if (table_->how != registry_keys::unique) {
    is_granted_ = true;
    return;
  }
  std::vector<caf::actor> looked_at; // let go without the lock
  auto& shard = table_->shard_of(key_);
  std::unique_lock lock{shard.mutex};
  for (;;) {
    if (auto found = shard.entries.find(key_); found != shard.entries.end() && !found->second.empty()) {
      looked_at.push_back(caf::actor_cast<caf::actor>(found->second.front().who));
      if (is_alive(looked_at.back())) {
        holder_ = looked_at.back();
        return;
      }
    }
    auto [claim, is_new] = shard.claims.try_emplace(key_, std::this_thread::get_id());
    is_granted_ = is_new;
    if (is_new || claim->second == std::this_thread::get_id())
      break;
    shard.released.wait(lock);
  }
}

name_claim::~name_claim() {
  if (!is_granted_ || table_->how != registry_keys::unique)
    return;
  auto& shard = table_->shard_of(key_);
  std::lock_guard guard{shard.mutex};
  shard.claims.erase(key_);
  shard.released.notify_all();
}

size_t registry_table::erase(const std::string& key, const caf::actor_addr& who, const registry::predicate* wanted) {
  std::vector<caf::actor> hearers; // let go without the lock
  std::vector<entry> removed;
  auto& shard = shard_of(key);
  std::lock_guard guard{shard.mutex};
  auto found = shard.entries.find(key);
  if (found == shard.entries.end())
    return 0;
  hearers = audience(key);
  auto& entries = found->second;
  auto is_meant = [&](const entry& x) { return x.who == who && (wanted == nullptr || (*wanted)(x.value)); };
  auto first = std::stable_partition(entries.begin(), entries.end(), [&](auto& x) { return !is_meant(x); });
  removed.assign(std::make_move_iterator(first), std::make_move_iterator(entries.end()));
  entries.erase(first, entries.end());
  if (entries.empty())
    shard.entries.erase(found);
  for (size_t i = 0; i < removed.size(); ++i)
    tell_removed(hearers, key, who);
  return removed.size();
}

void registry_table::forget(const caf::actor_addr& who, const std::string& key, size_t times) {
  auto& shard = shard_of(who);
  std::lock_guard guard{shard.mutex};
  auto found = shard.owners.find(who);
  if (found == shard.owners.end())
    return;
  auto& all = found->second.keys;
  for (; times > 0; --times)
    if (auto i = std::find(all.begin(), all.end(), key); i != all.end())
      all.erase(i);
}

void registry_table::clear(const caf::actor_addr& who) {
  auto& shard = shard_of(who);
  std::unique_lock lock{shard.mutex};
  auto node = shard.owners.extract(who);
  lock.unlock();
  if (node.empty())
    return;
  for (auto& key : node.mapped().keys)
    erase(key, who);
}

bool registry_table::is_welcome(const caf::actor& who) {
  if (!is_alive(who))
    return false;
  auto& shard = shard_of(who.address());
  std::lock_guard guard{shard.mutex};
  auto found = shard.owners.find(who.address());
  return found == shard.owners.end() || !found->second.is_evicted;
}

std::vector<registration> registry_table::read(const std::string& key) {
  std::vector<registration> result;
  auto& shard = shard_of(key);
  std::shared_lock guard{shard.mutex};
  auto found = shard.entries.find(key);
  if (found == shard.entries.end())
    return result;
  result.reserve(found->second.size());
  for (auto& x : found->second)
    result.push_back({caf::actor_cast<caf::actor>(x.who), x.value});
  return result;
}

void registry_table::add_listener(listener x, std::vector<caf::actor>& bin) {
  std::erase_if(listeners, [&](auto& one) {
    bin.push_back(caf::actor_cast<caf::actor>(one.who));
    return !bin.back() || (one.who == x.who && one.key == x.key);
  });
  listeners.push_back(std::move(x));
  has_listeners.store(true, std::memory_order_release);
}

std::vector<caf::actor> registry_table::audience(const std::string& key) {
  std::vector<caf::actor> result;
  if (!has_listeners.load(std::memory_order_acquire))
    return result;
  std::unordered_set<caf::actor_addr> told; // one that listens to all keys may also listen to this one
  std::lock_guard guard{listener_mutex};
  for (auto& x : listeners)
    if ((!x.key || *x.key == key) && told.insert(x.who).second)
      if (auto one = caf::actor_cast<caf::actor>(x.who))
        result.push_back(std::move(one));
  return result;
}

void registry_table::tell_removed(const std::vector<caf::actor>& hearers, const std::string& key,
                                  const caf::actor_addr& who) const {
  for (auto& x : hearers)
    caf::anon_send(x, key_unregistered{name, key, who});
}

} // namespace bennu::engine
