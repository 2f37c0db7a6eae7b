#include <string>
#include <utility>

#include "actors/node/node_parts.hpp"
#include "transport/observer/inquiry.hpp"
#include "transport/observer/page_of_rows.hpp"
#include "transport/observer/tree_walk.hpp"
#include "transport/observer/views.hpp"

namespace bennu::engine {

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

} // namespace bennu::engine
