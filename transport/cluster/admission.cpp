#include "transport/cluster/admission.hpp"

namespace bennu::engine {

std::optional<std::string> cluster_admission::refusal(const greeting& hello) const {
  if (hello.kind != greeting_kind::hello || hello.who.name.empty())
    return "no hello";
  if (hello.protocol != cluster_protocol)
    return "it speaks protocol " + std::to_string(hello.protocol) + ", this node " + std::to_string(cluster_protocol);
  if (hello.application != application_)
    return "it belongs to \"" + hello.application + "\", this node to \"" + application_ + "\"";
  if (hello.who.name == self_.name && hello.who != self_)
    return "it has this node's name: every node needs a name of its own";
  return refusal(hello.who);
}

std::optional<std::string> cluster_admission::refusal(const peer& who) const {
  const auto place = held_.find(who.name);
  // Its former life, or a second node of that name: the older stays until its link is lost.
  if (place != held_.end() && place->second.incarnation != who.incarnation)
    return "another node of that name is connected";
  return std::nullopt;
}

void cluster_admission::gone(const std::string& name, std::uint64_t connection) {
  const auto place = held_.find(name);
  if (place != held_.end() && place->second.connection == connection)
    held_.erase(place);
}

} // namespace bennu::engine
