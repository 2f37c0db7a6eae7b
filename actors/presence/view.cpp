#include "actors/presence/view.hpp"

#include <stdexcept>

#include "actors/presence/shape.hpp"

namespace bennu::engine {

void presence_view::apply(const presence_change& change) {
  if (change.joined) {
    if (!topics_[change.topic.str()].emplace(change.source, shown{change.key, change.meta}).second)
      throw std::logic_error("presence: \"" + change.key.str() + "\" joined \"" + change.topic.str() + "\" twice");
    return;
  }
  const auto topic = topics_.find(change.topic.str());
  if (topic == topics_.end() || topic->second.erase(change.source) == 0)
    throw std::logic_error("presence: \"" + change.key.str() + "\" left \"" + change.topic.str()
                           + "\" without having joined");
  if (topic->second.empty())
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

const presence_view::members* presence_view::find(std::string_view topic) const {
  const auto pos = topics_.find(topic);
  return pos == topics_.end() ? nullptr : &pos->second;
}

} // namespace bennu::engine
