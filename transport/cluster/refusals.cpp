#include "transport/cluster/refusals.hpp"

#include <algorithm>

namespace bennu::engine {

namespace {

constexpr auto between_begins = std::chrono::seconds{1};

// A node dials again after five seconds at most: who did not come for a minute has given up, or is well.
constexpr auto quiet = std::chrono::minutes{1};

} // namespace

void refusals::add(const refusal& x, time_point now) {
  auto [at, is_new] = kinds_.try_emplace({x.name.empty() ? x.address : x.name, x.why});
  auto& kind = at->second;
  if (is_new)
    kind.what = x;
  ++kind.count;
  kind.last = now;
  if (kind.is_told)
    return;
  ++untold_;
  tell(kind, now);
  if (kinds_.size() > max_kinds)
    kinds_.erase(
      std::min_element(kinds_.begin(), kinds_.end(), [](auto& a, auto& b) { return a.second.last < b.second.last; }));
}

void refusals::connected(const std::string& address, const std::string& name) {
  for (auto i = kinds_.begin(); i != kinds_.end();) {
    const auto here = i++;
    const auto& what = here->second.what;
    if (what.name.empty() ? what.address == address : what.name == name)
      end(here);
  }
}

void refusals::tick(time_point now) {
  for (auto i = kinds_.begin(); i != kinds_.end();) {
    const auto here = i++;
    if (!here->second.is_told)
      tell(here->second, now);
    if (now - here->second.last >= quiet)
      end(here);
  }
}

void refusals::tell(state& x, time_point now) {
  if (now < next_begin_)
    return;
  next_begin_ = now + between_begins;
  x.is_told = true;
  reports_.push_back({x.what, false, std::exchange(untold_, 0)});
}

void refusals::end(std::map<key, state>::iterator at) {
  auto& x = at->second;
  if (x.is_told)
    reports_.push_back({x.what, true, x.count});
  kinds_.erase(at);
  if (kinds_.empty())
    untold_ = 0;
}

} // namespace bennu::engine
