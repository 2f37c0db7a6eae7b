#include "transport/cluster/dials.hpp"

#include <algorithm>

namespace bennu::engine {

cluster_dials::cluster_dials(std::vector<std::string> seeds, timing pace, uint64_t random_seed, time_point now)
  : pace_(pace), random_(static_cast<std::minstd_rand::result_type>(random_seed)) {
  for (auto& seed : seeds) {
    auto& x = targets_[seed];
    x.is_seed = true;
    x.due = now;
  }
}

void cluster_dials::learn(const std::string& name, const std::string& address, time_point now) {
  std::erase_if(targets_, [&](auto& entry) { // the node has moved
    auto& [old_address, x] = entry;
    return x.said_name == name && old_address != address && !x.is_seed && !x.is_under_way;
  });
  const auto [place, is_new] = targets_.try_emplace(address);
  auto& x = place->second;
  x.said_name = name;
  x.heard = now;
  // Both sides learn of each other at the same time. Half of them wait a little and then find the link.
  if (is_new)
    x.due = now + pause(0);
}

void cluster_dials::unlinked(const std::string& name, time_point now) {
  linked_.erase(name);
  for (auto& [address, x] : targets_) {
    const bool was_there =
      x.said_name == name || std::any_of(x.names.begin(), x.names.end(), [&](auto& at) { return at.second == name; });
    if (!was_there)
      continue;
    x.attempt = 0;
    x.heard = now;
    x.due = now + pause(0);
  }
}

void cluster_dials::forget(const std::string& name) {
  for (auto& [address, x] : targets_) {
    std::erase_if(x.names, [&](auto& at) { return at.second == name; });
    if (x.said_name == name)
      x.said_name.clear();
  }
  std::erase_if(targets_, [](auto& entry) {
    auto& x = entry.second;
    return !x.is_seed && x.names.empty() && x.said_name.empty() && !x.is_under_way;
  });
}

bool cluster_dials::is_satisfied(const target& x) const {
  if (x.is_self)
    return true;
  if (x.names.empty())
    return !x.said_name.empty() && linked_.contains(x.said_name);
  return (x.is_known || linked_.contains(x.said_name))
         && std::all_of(x.names.begin(), x.names.end(), [&](auto& at) { return linked_.contains(at.second); });
}

std::vector<cluster_dials::order> cluster_dials::due(time_point now) {
  std::erase_if(targets_, [&](auto& entry) {
    auto& x = entry.second;
    return !x.is_seed && !x.is_under_way && !is_satisfied(x) && now - x.heard > pace_.forget;
  });
  std::vector<order> result;
  for (auto& [address, x] : targets_) {
    if (x.is_under_way || now < x.due || is_satisfied(x))
      continue;
    x.is_under_way = true;
    order next{address, {}};
    for (auto& [endpoint, name] : x.names)
      if (linked_.contains(name))
        next.skip.insert(endpoint);
    result.push_back(std::move(next));
  }
  return result;
}

void cluster_dials::report(const dial_report& what, time_point now) {
  const auto place = targets_.find(what.address);
  if (place == targets_.end())
    return;
  auto& x = place->second;
  x.is_under_way = false;
  using kind = dial_outcome::kind;
  x.is_known = true;
  bool met_self = false;
  for (auto& outcome : what.outcomes) {
    if (outcome.what == kind::connected || outcome.what == kind::present) {
      x.names[outcome.endpoint] = outcome.name;
      x.heard = now;
    } else if (outcome.what == kind::self) {
      met_self = true;
    } else {
      x.names.erase(outcome.endpoint);
      x.is_known = false;
    }
  }
  x.is_self = met_self && x.is_known && x.names.empty();
  x.due = now + pause(x.attempt++);
}

// Half of the pause is fixed, half is random, so that nodes that lost each other do not dial each other at the same
// moment.
std::chrono::milliseconds cluster_dials::pause(unsigned attempt) {
  const auto whole = std::min(pace_.last, pace_.first * (1 << std::min(attempt, 16U)));
  return whole / 2 + std::chrono::milliseconds{random_() % static_cast<unsigned>(whole.count() / 2 + 1)};
}

} // namespace bennu::engine
