#include "transport/cluster/admission.hpp"

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
