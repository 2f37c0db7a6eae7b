#include <map>
#include <utility>

#include "actors/node/node_parts.hpp"
#include "transport/observer/event_log.hpp"
#include "transport/observer/inquiry.hpp"
#include "transport/observer/log_ring.hpp"
#include "transport/observer/page_of_rows.hpp"
#include "transport/observer/tree_walk.hpp"
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

// Whether a fault that is caused now cuts the link to that node.
bool is_cut(const nlohmann::json& faults, const std::string& peer) {
  for (const auto& x : faults) {
    const auto what = x.value("fault", nlohmann::json::object());
    if (what.value("fault", "") == "cut" && what.value("peer", "") == peer)
      return true;
  }
  return false;
}

} // namespace

void show_cluster(inquiry& by) {
  auto& from = by.from();
  auto nodes = nlohmann::json::array();
  if (from.node.link == nullptr)
    return by.answer({{"self", nullptr}, {"nodes", std::move(nodes)}});
  const auto heard = from.node.counts.from_nodes();
  const auto faults = from.program.faults();
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
      {"sessions", x.sessions},
      {"lost", x.lost_blocks},
      {"refused", x.refused_blocks},
      {"received", known == heard.end() ? 0 : known->second.received},
      {"missed", known == heard.end() ? 0 : known->second.missed()},
      {"mirrors", {{"presence", std::move(presence)}}},
      {"cut", is_cut(faults, x.peer)},
    });
  }
  by.answer({{"self", from.node.name}, {"nodes", std::move(nodes)}});
}

void show_names(inquiry& by) {
  const auto page = page_query::read(by.params(), {"name"});
  auto& names = by.from().node.names;
  first_rows<std::string> first{page};
  size_t total = 0, matches = 0;
  for (auto& x : names.names()) {
    ++total;
    if (!contains_text(x, page.search))
      continue;
    ++matches;
    first.add({0, {}, x}, x);
  }
  auto rows = nlohmann::json::array();
  for (const auto& x : std::move(first).take(page.offset)) {
    const auto who = names.find(x);
    if (!who)
      continue; // it has ended meanwhile
    const bool is_here = who.node() == by.system().node();
    rows.push_back({{"name", shown_text(x)},
                    {"node", is_here ? nlohmann::json(by.from().node.name) : nlohmann::json{}},
                    {"actor", who.id()},
                    {"label", is_here ? shown_text(seen_label(who)) : ""}});
  }
  by.answer(page_json(total, matches, std::move(rows)));
}

void show_faults(inquiry& by) {
  by.answer({{"possible", by.from().program.possible_faults}, {"active", by.from().program.faults()}});
}

void show_log(inquiry& by) {
  const param_reader in{by.params()};
  by.answer(by.from().log->lines(in.number("after", 0, 0, UINT64_MAX), in.text("level", "trace"), in.text("search")));
}

void show_events(inquiry& by) {
  const param_reader in{by.params()};
  by.answer(by.from().events->events(in.number("after", 0, 0, UINT64_MAX), in.text("prefix")));
}

} // namespace bennu::engine
