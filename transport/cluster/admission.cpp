#include "transport/cluster/admission.hpp"

#include <algorithm>

namespace bennu::engine {

namespace {

std::string to_string(protocol_range x) {
  const auto lowest = std::to_string(x.lowest);
  return x.lowest == x.highest ? "version " + lowest : "versions " + lowest + " to " + std::to_string(x.highest);
}

} // namespace

std::optional<std::string> cluster_admission::refusal(const greeting& hello) const {
  if (hello.kind != greeting_kind::hello || hello.who.name.empty())
    return "no hello";
  if (!common_protocol(hello.protocols, spoken_protocols))
    return "it speaks " + to_string(hello.protocols) + " of the protocol between nodes, this node "
           + to_string(spoken_protocols) + ": upgrade the older one by way of a release that speaks a version of both";
  if (hello.application != application_)
    return "it belongs to \"" + hello.application + "\", this node to \"" + application_ + "\"";
  if (hello.who.name == self_.name && hello.who != self_)
    return "it has this node's name: every node needs a name of its own";
  return refusal(hello.who);
}

std::optional<std::string> cluster_admission::refusal(const peer& who) const {
  const auto place = held_.find(who.name);
  // An earlier life, or a second node, of that name. The older one stays until its link is lost.
  if (place != held_.end() && place->second.incarnation != who.incarnation)
    return "another node of that name is connected";
  return std::nullopt;
}

void cluster_admission::gone(const std::string& name, uint64_t connection) {
  const auto place = held_.find(name);
  if (place != held_.end() && place->second.connection == connection)
    held_.erase(place);
}

namespace {

constexpr auto between_begins = std::chrono::seconds{1};

// A node dials again after five seconds at most, so that one that did not come for a minute has given up or is
// connected.
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
