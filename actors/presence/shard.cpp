#include "actors/presence/shard.hpp"

#include <utility>

#include <caf/send.hpp>

#include "actors/presence/shard_actor.hpp"

namespace bennu::engine {

// REQUIRES: the lock is held.
void presence_shard::changed() {
  if (!std::exchange(flush_asked_, true))
    caf::anon_send(actor.get(), presence_changed{});
}

std::optional<std::string> presence_shard::track(const caf::actor& who, const presence_topic& topic,
                                                 const presence_key& key, const payload& meta) {
  std::lock_guard guard{mutex_};
  if (owners_.find(who.address(), topic, key))
    return std::nullopt;
  auto [id, ref] = replica_.join(topic, key, meta);
  if (owners_.add(who.address(), topic, key, id))
    caf::anon_send(actor.get(), presence_watch{who.address()});
  changed();
  return std::move(ref);
}

std::optional<std::string> presence_shard::update(const caf::actor_addr& who, const std::string& topic,
                                                  const std::string& key,
                                                  const std::function<payload(const payload&)>& change) {
  std::lock_guard guard{mutex_};
  const auto id = owners_.find(who, topic, key);
  if (!id)
    return std::nullopt;
  auto ref = replica_.update(*id, change(replica_.own().at(*id).meta.body));
  changed();
  return ref;
}

bool presence_shard::untrack(const caf::actor_addr& who, const std::string& topic, const std::string& key) {
  std::lock_guard guard{mutex_};
  const auto id = owners_.take(who, topic, key);
  if (!id)
    return false;
  replica_.leave(*id);
  changed();
  return true;
}

void presence_shard::untrack(const caf::actor_addr& who) {
  std::lock_guard guard{mutex_};
  const auto all = owners_.take(who);
  for (const auto id : all)
    replica_.leave(id);
  if (!all.empty())
    changed();
}

payload presence_shard::list(std::string_view topic) const {
  std::lock_guard guard{mutex_};
  return replica_.view().state(topic);
}

payload presence_shard::get_by_key(std::string_view topic, std::string_view key) const {
  std::lock_guard guard{mutex_};
  return replica_.view().by_key(topic, key);
}

size_t presence_shard::count(std::string_view topic) const {
  std::lock_guard guard{mutex_};
  return replica_.view().size(topic);
}

presence_shard::news presence_shard::take_news() {
  std::lock_guard guard{mutex_};
  flush_asked_ = false;
  return {replica_.window().flush(), replica_.take_outgoing()};
}

std::vector<caf::actor_addr> presence_shard::owners() const {
  std::lock_guard guard{mutex_};
  return owners_.all();
}

std::vector<presence_mirror> presence_shard::mirrors() const {
  std::lock_guard guard{mutex_};
  return replica_.mirrors();
}

} // namespace bennu::engine
