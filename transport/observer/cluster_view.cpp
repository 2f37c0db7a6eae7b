#include <map>
#include <utility>

#include "actors/node/node_parts.hpp"
#include "transport/observer/event_log.hpp"
#include "transport/observer/inquiry.hpp"
#include "transport/observer/views.hpp"

namespace bennu::engine {

namespace {

const char* word_of(link_state::phase x) {
  switch (x) {
    case link_state::phase::up:
      return "up";
    case link_state::phase::connecting:
      return "connecting";
    case link_state::phase::down:
      break;
  }
  return "down";
}

} // namespace

void show_cluster(inquiry& by) {
  auto& from = by.from();
  auto nodes = nlohmann::json::array();
  if (from.node.link == nullptr)
    return by.answer({{"self", nullptr}, {"nodes", std::move(nodes)}});
  const auto heard = from.node.counts.from_nodes();
  const auto since = from.events->links();
  std::map<std::string, presence_mirror> mirrors;
  for (auto& x : from.node.presences.mirrors())
    mirrors.emplace(x.node, x);
  for (const auto& x : from.node.link->states()) {
    const auto changed = since.find(x.peer);
    const auto mirror = mirrors.find(x.peer);
    const auto known = heard.find(x.peer);
    nlohmann::json presence;
    if (mirror != mirrors.end())
      presence = {{"entries", mirror->second.entries}, {"behind", mirror->second.behind}};
    nodes.push_back({
      {"name", shown_text(x.peer)},
      {"state", word_of(x.now)},
      {"since_ms", changed == since.end() ? nlohmann::json{} : nlohmann::json(changed->second)},
      {"queue", {{"messages", x.queued_blocks}, {"bytes", x.queued_bytes}}},
      {"in_flight_bytes", x.in_flight_bytes},
      {"rtt_us", x.round_trip.count() == 0 ? nlohmann::json{} : nlohmann::json(x.round_trip.count())},
      {"bytes_out", x.sent_bytes},
      {"bytes_in", x.received_bytes},
      {"sessions", x.sessions},
      {"lost", x.lost_blocks},
      {"refused", x.refused_blocks},
      {"received", known == heard.end() ? 0 : known->second.received},
      {"missed", known == heard.end() ? 0 : known->second.missed()},
      {"mirrors", {{"presence", std::move(presence)}}},
      {"cut", from.program.is_cut(x.peer)},
    });
  }
  by.answer({{"self", from.node.name}, {"nodes", std::move(nodes)}});
}

} // namespace bennu::engine
