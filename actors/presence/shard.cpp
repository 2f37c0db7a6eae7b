#include "actors/presence/shard.hpp"

#include <algorithm>
#include <utility>

#include <caf/send.hpp>

#include "actors/presence/shard_actor.hpp"

namespace bennu::engine {

// REQUIRES: the lock is held.
void presence_shard::changed() {
  if (!std::exchange(flush_asked_, true))
    caf::anon_send(actor.get(), presence_changed{});
}

// REQUIRES: the lock is held. A channel has changed its own presence, and its client is told immediately; in a small
// topic the other clients are, too.
void presence_shard::changed_own(const std::string& topic) {
  changed();
  auto& times = told_at_once_[topic];
  if (++times * std::max<size_t>(1, replica_.view().size(topic)) <= settings.told_at_once)
    caf::anon_send(actor.get(), presence_changed_now{topic});
}

// A client is told immediately of a presence only if it was told immediately of all earlier changes of it. Otherwise
// the message could overtake earlier ones. Returns the mark of the changes.
uint64_t presence_shard::begin_telling(const presence_telling& to, uint64_t id) {
  const auto known = told_.find(id);
  if (known == told_.end())
    return 0;
  if (to.client != 0 && known->second == to.client)
    return to.client;
  told_.erase(known);
  return 0;
}

void presence_shard::end_telling(presence_telling& to, const std::string& topic, uint64_t before) {
  to.diff = replica_.window().diff_since(topic, before);
  changed_own(topic);
}

std::optional<std::string> presence_shard::track(const caf::actor& who, const presence_topic& topic,
                                                 const presence_key& key, const payload& meta, presence_telling& to) {
  std::lock_guard guard{mutex_};
  if (owners_.find(who.address(), topic, key))
    return std::nullopt;
  to.has_no_room = !budget_.has_room(1, topic.size() + key.size() + meta.bytes().size());
  if (to.has_no_room)
    return std::nullopt;
  const auto before = replica_.window().last();
  auto [id, ref] = replica_.join(topic, key, meta, to.client);
  budget_.count(replica_.own().at(id));
  if (to.client != 0) {
    told_[id] = to.client;
    end_telling(to, topic, before);
  }
  if (owners_.add(who.address(), topic, key, id))
    caf::anon_send(actor.get(), presence_watch{who.address()});
  changed();
  return std::move(ref);
}

std::optional<std::string> presence_shard::update(const caf::actor_addr& who, const std::string& topic,
                                                  const std::string& key,
                                                  const std::function<payload(const payload&)>& change,
                                                  presence_telling& to) {
  std::lock_guard guard{mutex_};
  const auto id = owners_.find(who, topic, key);
  if (!id)
    return std::nullopt;
  const auto former = replica_.own().at(*id);
  const auto renewed = change(former.meta.body);
  const auto size = renewed.bytes().size(), former_size = former.meta.body.bytes().size();
  to.has_no_room = size > former_size && !budget_.has_room(0, size - former_size);
  if (to.has_no_room)
    return std::nullopt;
  const auto before = replica_.window().last();
  const auto told_to = begin_telling(to, *id);
  auto ref = replica_.update(*id, renewed, told_to);
  budget_.count(former, true);
  budget_.count(replica_.own().at(*id));
  if (told_to != 0)
    end_telling(to, topic, before);
  changed();
  return ref;
}

bool presence_shard::untrack(const caf::actor_addr& who, const std::string& topic, const std::string& key,
                             presence_telling& to) {
  std::lock_guard guard{mutex_};
  const auto id = owners_.take(who, topic, key);
  if (!id)
    return false;
  const auto before = replica_.window().last();
  const auto told_to = begin_telling(to, *id);
  leave(*id, told_to);
  if (told_to != 0)
    end_telling(to, topic, before);
  told_.erase(*id);
  changed();
  return true;
}

void presence_shard::untrack(const caf::actor_addr& who) {
  std::lock_guard guard{mutex_};
  const auto all = owners_.take(who);
  for (const auto id : all) {
    leave(id, 0);
    told_.erase(id);
  }
  if (!all.empty())
    changed();
}

void presence_shard::leave(uint64_t id, uint64_t told_to) {
  budget_.count(replica_.own().at(id), true);
  replica_.leave(id, told_to);
}

payload presence_shard::list(std::string_view topic) const {
  std::lock_guard guard{mutex_};
  return replica_.view().state(topic);
}

payload presence_shard::list(std::string_view topic, uint64_t& last) {
  std::lock_guard guard{mutex_};
  last = replica_.window().listed(topic);
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

presence_shard::changes presence_shard::take_changes() {
  std::lock_guard guard{mutex_};
  flush_asked_ = false;
  told_at_once_.clear();
  return {replica_.window().flush(), replica_.take_outgoing()};
}

std::vector<presence_window::diff> presence_shard::take_diffs(std::string_view topic) {
  std::lock_guard guard{mutex_};
  return replica_.window().flush(topic);
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
