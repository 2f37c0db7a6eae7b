#include "actors/presence/window.hpp"

#include <iterator>
#include <utility>

namespace bennu::engine {

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
  return diffs.size() == 1 ? std::optional{std::move(diffs.front())} : std::nullopt;
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
    bodies.push_back(payload::from_text(R"({"joins":{},"leaves":{}})"));
  for (size_t i = 0; i < bodies.size(); ++i)
    to.push_back({topic, std::move(bodies[i]), batch, i});
}

} // namespace bennu::engine
