#include "actors/presence/window.hpp"

#include "actors/presence/shape.hpp"

namespace bennu::engine {

void presence_window::add(const presence_change& change) {
  auto& diffs = topics_[change.topic.str()];
  if (diffs.empty())
    diffs.emplace_back();
  if (!change.joined)
    if (const auto told = diffs.back().find(change.source); told != diffs.back().end() && told->second.after)
      diffs.emplace_back();
  const auto [pos, first] = diffs.back().try_emplace(change.source, span{change.key, {}, {}});
  auto& entry = pos->second;
  if (change.joined) {
    entry.after = change.meta;
    return;
  }
  if (first)
    entry.before = change.meta;
  entry.after.reset();
}

std::vector<presence_window::diff> presence_window::flush() {
  std::vector<diff> result;
  for (auto& [topic, diffs] : topics_)
    for (auto& changed : diffs)
      if (auto body = encode(changed))
        result.push_back({topic, std::move(*body)});
  topics_.clear();
  return result;
}

std::optional<payload> presence_window::encode(spans& changed) {
  presence_groups joins;
  presence_groups leaves;
  for (auto& [source, x] : changed) {
    if (x.before == x.after)
      continue; // nothing, or the very same again
    if (x.before)
      leaves[x.key].push_back(&*x.before);
    if (x.after)
      joins[x.key].push_back(&*x.after);
  }
  if (joins.empty() && leaves.empty())
    return std::nullopt;
  std::string text = "{\"joins\":";
  append_groups(text, joins);
  text += ",\"leaves\":";
  append_groups(text, leaves);
  text += '}';
  return payload::from_text(std::move(text));
}

} // namespace bennu::engine
