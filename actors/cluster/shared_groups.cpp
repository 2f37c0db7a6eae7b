#include "actors/cluster/shared_groups.hpp"

#include <stdexcept>
#include <utility>

#include <caf/actor_cast.hpp>

namespace bennu::engine {

namespace {

name_entry as_name(const group_entry& x) {
  return {std::string{shared_groups::prefix} + x.group, caf::actor_cast<caf::strong_actor_ptr>(x.who), x.number};
}

} // namespace

std::vector<name_entry> shared_groups::own() const {
  std::vector<name_entry> result;
  for (const auto& x : board_->own())
    result.push_back(as_name(x));
  return result;
}

void shared_groups::receive(const std::string& node, const names_message& x) {
  std::vector<group_entry> news;
  for (const auto& entry : x.entries) {
    if (!entry.name.starts_with(prefix))
      continue;
    auto group = entry.name.substr(prefix.size());
    if (!group_name_rule.problem(group))
      news.push_back({std::move(group), caf::actor_cast<caf::actor>(entry.who), entry.since});
  }
  if (x.whole || !news.empty())
    board_->receive(node, x.whole, news);
}

void shared_groups::lost(const std::string& node) {
  board_->forget(node);
}

void shared_groups::require_valid(const std::string& group) const {
  if (const auto why = group_name_rule.problem(group))
    throw std::invalid_argument(*why);
}

void shared_groups::tell(const group_entry& change) {
  link_.tell_names({as_name(change)});
}

} // namespace bennu::engine
