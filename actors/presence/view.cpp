#include "actors/presence/view.hpp"

#include <iterator>
#include <set>
#include <stdexcept>
#include <utility>

#include "actors/presence/entry.hpp"

namespace bennu::engine {

// The log of their origin shares the texts and metas; they count here, where each occurs once.
size_t presence_view::footprint_of(const shown& x) noexcept {
  constexpr auto node = sizeof(members::value_type) + 4 * sizeof(void*);
  return node + x.key.size() + x.meta.body.bytes().size();
}

void presence_view::apply(const presence_change& change) {
  constexpr auto of_topic = sizeof(decltype(topics_)::value_type) + 2 * sizeof(void*);
  if (change.joined) {
    const auto [topic, is_new] = topics_.try_emplace(change.topic.str());
    if (is_new)
      bytes_ += of_topic + topic->first.size();
    const auto [entry, has_joined] = topic->second.emplace(change.source, shown{change.key, change.meta});
    if (!has_joined)
      throw std::logic_error("presence: \"" + change.key.str() + "\" joined \"" + change.topic.str() + "\" twice");
    bytes_ += footprint_of(entry->second);
    return;
  }
  const auto topic = topics_.find(change.topic.str());
  const auto entry = topic == topics_.end() ? members::iterator{} : topic->second.find(change.source);
  if (topic == topics_.end() || entry == topic->second.end())
    throw std::logic_error("presence: \"" + change.key.str() + "\" left \"" + change.topic.str()
                           + "\" without having joined");
  bytes_ -= footprint_of(entry->second);
  topic->second.erase(entry);
  if (!topic->second.empty())
    return;
  bytes_ -= of_topic + topic->first.size();
  topics_.erase(topic);
}

payload presence_view::state(std::string_view topic) const {
  presence_groups groups;
  if (const auto* all = find(topic))
    for (const auto& [source, x] : *all)
      groups[x.key].push_back(&x.meta);
  std::string text;
  append_groups(text, groups);
  return payload::from_text(std::move(text));
}

payload presence_view::by_key(std::string_view topic, std::string_view key) const {
  std::vector<const presence_meta*> metas;
  if (const auto* all = find(topic))
    for (const auto& [source, x] : *all)
      if (x.key == key)
        metas.push_back(&x.meta);
  if (metas.empty())
    return {};
  std::string text;
  append_metas(text, metas);
  return payload::from_text(std::move(text));
}

size_t presence_view::size(std::string_view topic) const {
  const auto* all = find(topic);
  return all ? all->size() : 0;
}

std::optional<size_t> presence_view::key_count(std::string_view topic, size_t most) const {
  const auto* all = find(topic);
  if (all != nullptr && all->size() > most)
    return std::nullopt;
  std::set<std::string_view> keys;
  if (all != nullptr)
    for (const auto& [source, x] : *all)
      keys.insert(x.key);
  return keys.size();
}

const presence_view::members* presence_view::find(std::string_view topic) const {
  const auto pos = topics_.find(topic);
  return pos == topics_.end() ? nullptr : &pos->second;
}

void presence_window::add(presence_change change) {
  auto& changes = topics_[change.topic.str()].changes;
  changes.push_back({++last_, std::move(change)});
}

uint64_t presence_window::listed(std::string_view topic) {
  if (const auto found = topics_.find(topic); found != topics_.end())
    found->second.is_listed = true;
  return last_;
}

std::optional<payload> presence_window::diff_since(std::string_view topic, uint64_t number) const {
  const auto found = topics_.find(topic);
  if (found == topics_.end())
    return std::nullopt;
  const auto& all = found->second.changes;
  auto first = all.end();
  while (first != all.begin() && std::prev(first)->number > number)
    --first;
  std::vector<const presence_change*> changes;
  for (; first != all.end(); ++first)
    changes.push_back(&first->change);
  auto diffs = presence_diffs(changes);
  return diffs.size() == 1 ? std::optional{std::move(diffs.front().body)} : std::nullopt;
}

std::vector<presence_window::diff> presence_window::flush() {
  std::vector<diff> result;
  for (auto& [topic, x] : topics_)
    append(result, topic, x);
  topics_.clear();
  return result;
}

std::vector<presence_window::diff> presence_window::flush(std::string_view topic) {
  std::vector<diff> result;
  if (const auto found = topics_.find(topic); found != topics_.end()) {
    append(result, found->first, found->second);
    topics_.erase(found);
  }
  return result;
}

void presence_window::append(std::vector<diff>& to, const std::string& topic, pending& x) {
  const auto batch = std::make_shared<presence_batch>(std::move(x.changes));
  auto bodies = batch->diffs();
  if (bodies.empty() && x.is_listed)
    bodies.push_back({payload::from_text(R"({"joins":{},"leaves":{}})")});
  for (size_t i = 0; i < bodies.size(); ++i)
    to.push_back({topic, std::move(bodies[i].body), batch, i, bodies[i].joins, bodies[i].leaves});
}

} // namespace bennu::engine
