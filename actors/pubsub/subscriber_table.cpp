#include "actors/pubsub/subscriber_table.hpp"

#include <algorithm>
#include <iterator>

#include <caf/send.hpp>

namespace bennu::engine {

void topic_scan::add(std::string_view topic, uint64_t subscribers) {
  if (!topic.starts_with(query_.prefix) || (!query_.after.empty() && topic <= query_.after))
    return;
  if (const auto known = found_.find(topic); known != found_.end()) {
    known->second += subscribers;
    return;
  }
  const bool full = found_.size() > query_.limit;
  if (full && topic > std::prev(found_.end())->first)
    return;
  if (query_.allows && !query_.allows(topic))
    return;
  found_.emplace(topic, subscribers);
  if (full)
    found_.erase(std::prev(found_.end()));
}

namespace {

// A short text stands in the string itself.
size_t bytes_outside(const std::string& x) noexcept {
  return x.capacity() > std::string{}.capacity() ? x.capacity() + 1 : 0;
}

} // namespace

subscriber_table::subscribers& subscriber_table::make(const std::string& topic) {
  const auto [at, is_new] = topics_.try_emplace(topic);
  if (is_new)
    name_bytes_ += bytes_outside(at->first);
  return at->second;
}

void subscriber_table::forget_if_empty(topic_map::iterator i) noexcept {
  if (!i->second.empty())
    return;
  name_bytes_ -= bytes_outside(i->first);
  topics_.erase(i);
}

uint64_t subscriber_table::delivered(const std::string& topic) const noexcept {
  const auto found = topics_.find(topic);
  return found == topics_.end() ? 0 : found->second.delivered;
}

size_t subscriber_table::footprint() const noexcept {
  constexpr auto of_topic = sizeof(topic_map::value_type) + 2 * sizeof(void*); // the node's link, and its hash
  return topics_.size() * of_topic + topics_.bucket_count() * sizeof(void*) + places_ * sizeof(void*) + name_bytes_;
}

void subscriber_table::add(const std::string& topic, subscriber& x) {
  auto& all = make(topic).local;
  x.index_ = static_cast<uint32_t>(all.size());
  all.push_back(&x);
  ++places_;
}

void subscriber_table::remove(const std::string& topic, subscriber& x) noexcept {
  auto i = topics_.find(topic);
  if (i == topics_.end())
    return;
  auto& all = i->second.local;
  all[x.index_] = all.back();
  all[x.index_]->index_ = x.index_;
  all.pop_back();
  --places_;
  forget_if_empty(i);
}

bool subscriber_table::add(const std::string& topic, const caf::actor& x) {
  auto& actors = make(topic).actors;
  if (std::find(actors.begin(), actors.end(), x) != actors.end())
    return false;
  actors.push_back(x);
  ++places_;
  return true;
}

bool subscriber_table::remove(const std::string& topic, const caf::actor_addr& x) noexcept {
  auto i = topics_.find(topic);
  if (i == topics_.end())
    return false;
  const auto removed = std::erase_if(i->second.actors, [&](const caf::actor& y) { return y.address() == x; });
  places_ -= removed;
  forget_if_empty(i);
  return removed > 0;
}

void subscriber_table::remove(const caf::actor_addr& x) noexcept {
  for (auto i = topics_.begin(); i != topics_.end();) {
    auto here = i++;
    places_ -= std::erase_if(here->second.actors, [&](const caf::actor& y) { return y.address() == x; });
    forget_if_empty(here);
  }
}

template <class Receive>
size_t subscriber_table::deliver_to(const broadcast_ptr& x, bool to_actors, Receive receive) const {
  auto i = topics_.find(x->topic);
  if (i == topics_.end())
    return 0;
  const auto& local = i->second.local;
  const auto& actors = i->second.actors;
  ++i->second.delivered;
  for (auto* one : local)
    if (one != x->from)
      receive(*one);
  for (auto& one : actors)
    if (to_actors)
      caf::anon_send(one, x);
  return local.size() + actors.size();
}

size_t subscriber_table::deliver(const broadcast_ptr& x) const {
  return deliver_to(x, true, [&x](subscriber& one) { one.receive_broadcast(*x); });
}

// Steps through the buckets of the hash table. A topic changes its bucket only when the table grows.
bool subscriber_table::scan(topic_scan& to, cursor& at, size_t step) const {
  if (at.size != topics_.bucket_count()) {
    at = {0, topics_.bucket_count()};
    to.clear();
  }
  const auto end = std::min(at.next + step, at.size);
  for (; at.next < end; ++at.next)
    for (auto i = topics_.begin(at.next); i != topics_.end(at.next); ++i)
      to.add(i->first, i->second.local.size() + i->second.actors.size());
  return at.next < at.size;
}

// What is old is for clients alone, which know whether they follow its log.
size_t subscriber_table::deliver_placed(const broadcast_ptr& x) const {
  return deliver_to(x, !x->is_old(), [&x](subscriber& one) { one.receive_placed(*x); });
}

} // namespace bennu::engine
