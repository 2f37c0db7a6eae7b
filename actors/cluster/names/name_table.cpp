#include "actors/cluster/names/name_table.hpp"

#include <set>
#include <tuple>

namespace bennu::engine {

bool name_table::add(name_entry x) {
  if (best(x.name).entry != nullptr)
    return false;
  auto name = x.name;
  own_.emplace(std::move(name), std::move(x));
  return true;
}

bool name_table::remove(const std::string& name, const caf::actor_control_block* who) {
  const auto found = own_.find(name);
  if (found == own_.end() || found->second.who.get() != who)
    return false;
  own_.erase(found);
  return true;
}

std::vector<name_entry> name_table::receive(const std::string& node, bool whole,
                                            const std::vector<name_entry>& received) {
  auto& theirs = others_[node];
  if (whole)
    theirs.clear();
  std::vector<name_entry> losers;
  for (const auto& x : received) {
    if (!x.who) {
      theirs.erase(x.name);
      continue;
    }
    theirs[x.name] = x;
    const auto own = own_.find(x.name);
    if (own == own_.end() || best(x.name).entry == &own->second)
      continue;
    losers.push_back(std::move(own->second));
    own_.erase(own);
  }
  return losers;
}

caf::strong_actor_ptr name_table::find(const std::string& name) const {
  const auto found = best(name);
  return found.entry == nullptr ? nullptr : found.entry->who;
}

name_table::claim name_table::best(const std::string& name) const {
  claim result;
  auto consider = [&](const std::string& node, const entries& of) {
    const auto found = of.find(name);
    if (found == of.end())
      return;
    const auto& x = found->second;
    if (result.entry == nullptr || std::tie(x.since, node) < std::tie(result.entry->since, *result.node))
      result = {&x, &node};
  };
  consider(node_, own_);
  for (const auto& [node, theirs] : others_)
    consider(node, theirs);
  return result;
}

std::vector<std::string> name_table::names() const {
  std::set<std::string> all;
  for (const auto& [name, x] : own_)
    all.insert(name);
  for (const auto& [node, theirs] : others_)
    for (const auto& [name, x] : theirs)
      all.insert(name);
  return {all.begin(), all.end()};
}

std::vector<name_entry> name_table::own() const {
  std::vector<name_entry> result;
  for (const auto& [name, x] : own_)
    result.push_back(x);
  return result;
}

} // namespace bennu::engine
