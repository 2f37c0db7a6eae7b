#include "supervision/lookup/group_table.hpp"

#include <algorithm>

namespace bennu::engine {

// -- own actors ---------------------------------------------------------------

uint64_t group_table::join(const std::string& group, const caf::actor& who) {
  own_[group].emplace(++last_, who.address());
  owners_[who.address()].emplace_back(group, last_);
  return last_;
}

uint64_t group_table::leave(const std::string& group, const caf::actor_addr& who) {
  const auto owner = owners_.find(who);
  if (owner == owners_.end())
    return 0;
  auto& theirs = owner->second;
  const auto found = std::find_if(theirs.begin(), theirs.end(), [&](const auto& x) { return x.first == group; });
  if (found == theirs.end())
    return 0;
  const auto number = found->second;
  remove(*found);
  theirs.erase(found);
  return number;
}

void group_table::remove(const group_and_number& x) {
  const auto group = own_.find(x.first);
  group->second.erase(x.second);
  if (group->second.empty())
    own_.erase(group);
}

std::vector<group_table::group_and_number> group_table::drop(const caf::actor_addr& who) {
  const auto owner = owners_.find(who);
  if (owner == owners_.end())
    return {};
  auto result = std::move(owner->second);
  owners_.erase(owner);
  for (const auto& x : result)
    remove(x);
  return result;
}

std::vector<group_table::own_membership> group_table::own() const {
  std::vector<own_membership> result;
  for (const auto& [group, members] : own_)
    for (const auto& [number, who] : members)
      result.push_back({group, who, number});
  return result;
}

// -- other nodes --------------------------------------------------------------

std::pair<group_table::changes, group_table::changes> group_table::receive(const std::string& node,
                                                                           const std::vector<group_entry>& news) {
  changes joined;
  changes left;
  auto& theirs = others_[node];
  for (const auto& x : news) {
    const auto known = theirs.find(x.number);
    if (x.who && known == theirs.end()) {
      theirs.emplace(x.number, x);
      others_by_group_[x.group].emplace(std::pair{node, x.number}, x.who);
      joined.push_back(x);
    } else if (!x.who && known != theirs.end()) {
      left.push_back(known->second);
      const auto group = others_by_group_.find(known->second.group);
      group->second.erase({node, x.number});
      if (group->second.empty())
        others_by_group_.erase(group);
      theirs.erase(known);
    }
  }
  return {std::move(joined), std::move(left)};
}

group_table::changes group_table::forget(const std::string& node) {
  const auto found = others_.find(node);
  if (found == others_.end())
    return {};
  std::vector<group_entry> all;
  for (const auto& [number, x] : found->second)
    all.push_back({x.group, nullptr, number});
  auto result = receive(node, all).second;
  others_.erase(node);
  return result;
}

// -- questions ------------------------------------------------------------------

std::vector<caf::actor_addr> group_table::members(const std::string& group, bool own_only) const {
  std::vector<caf::actor_addr> result;
  if (const auto own = own_.find(group); own != own_.end())
    for (const auto& [number, who] : own->second)
      result.push_back(who);
  if (own_only)
    return result;
  if (const auto others = others_by_group_.find(group); others != others_by_group_.end())
    for (const auto& [place, who] : others->second)
      result.push_back(who.address());
  return result;
}

std::vector<std::string> group_table::groups(bool own_only) const {
  std::vector<std::string> result;
  for (const auto& [group, members] : own_)
    result.push_back(group);
  if (!own_only)
    for (const auto& [group, members] : others_by_group_)
      result.push_back(group);
  std::sort(result.begin(), result.end());
  result.erase(std::unique(result.begin(), result.end()), result.end());
  return result;
}

} // namespace bennu::engine
