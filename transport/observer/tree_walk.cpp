#include "transport/observer/tree_walk.hpp"

#include <algorithm>
#include <cstdint>
#include <iterator>
#include <memory>
#include <typeinfo>
#include <utility>

#include <caf/actor_cast.hpp>

#include "supervision/process/crash_report.hpp"

namespace bennu::engine {

namespace {

// Deeper than any tree of supervisors.
constexpr size_t max_depth = 32;

caf::actor root_of(const inquiry& by) {
  auto root = by.from().program.root();
  if (!root)
    throw refused_question(409, "the supervision tree does not run");
  return root;
}

struct listing {
  list_children_command next;
  const bool is_enough;
  std::function<void(found_children&)> then;
  found_children found;
};

void list_further(inquiry& by, const caf::actor& supervisor, const std::shared_ptr<listing>& all) {
  ask_supervisor<children_part>(by, supervisor, all->next, [&by, supervisor, all](children_part& part) {
    auto& found = all->found;
    found.total = part.total;
    found.matches += part.matches;
    all->next.skip -= std::min(all->next.skip, part.matches);
    all->next.limit -= part.rows.size();
    std::move(part.rows.begin(), part.rows.end(), std::back_inserter(found.rows));
    if (part.next && !(all->is_enough && all->next.limit == 0)) {
      all->next.at = *part.next;
      return list_further(by, supervisor, all);
    }
    if (!all->next.matches)
      found.matches = found.total;
    all->then(found);
  });
}

} // namespace

void list_children(inquiry& by, const caf::actor& supervisor, list_children_command what, bool is_enough,
                   std::function<void(found_children&)> then) {
  list_further(by, supervisor, std::make_shared<listing>(listing{std::move(what), is_enough, std::move(then), {}}));
}

namespace {

void descend(inquiry& by, const found_supervisor& at, const std::shared_ptr<tree_path>& path, size_t depth,
             const std::function<void(const found_supervisor&)>& then) {
  if (depth == path->size())
    return then(at);
  list_children_command one;
  one.limit = 1;
  one.matches = [path, depth](const seen_child& x) { return x.id == (*path)[depth]; };
  list_children(by, at.actor, std::move(one), true, [&by, path, depth, then](found_children& children) {
    if (children.rows.empty())
      throw refused_question(404, "there is no child \"" + shown_text((*path)[depth], 128) + "\"");
    auto& found = children.rows.front();
    if (found.type != child_type::supervisor)
      throw refused_question(404, "\"" + shown_text(found.id, 128) + "\" is a worker: it has no children");
    if (!found.actor)
      throw refused_question(409, "\"" + shown_text(found.id, 128) + "\" does not run at the moment");
    descend(by, {found.actor, std::move(found), false}, path, depth + 1, then);
  });
}

/// The supervisors that are still to be asked.
struct search {
  std::vector<caf::actor> unasked;
  uint64_t number;
  std::function<void(const found_child&)> then;
};

void ask_next(inquiry& by, const std::shared_ptr<search>& x);

// The child with that number, or else supervisors, of which the part may have many.
void search_in(inquiry& by, const std::shared_ptr<search>& x, const caf::actor& whom, size_t at) {
  list_children_command what;
  what.at = at;
  what.limit = SIZE_MAX;
  what.matches = [number = x->number](const seen_child& child) {
    return child.actor != 0 && (child.actor == number || child.type == child_type::supervisor);
  };
  by.request(whom, inquiry::patience, std::move(what))
    .then(
      [&by, x, whom](children_part& part) {
        for (auto& child : part.rows) {
          if (child.actor.id() == x->number)
            return by.guarded([&] { x->then({whom, std::move(child)}); });
          x->unasked.push_back(child.actor);
        }
        part.next ? search_in(by, x, whom, *part.next) : ask_next(by, x);
      },
      [&by, x](const caf::error&) { ask_next(by, x); });
}

void ask_next(inquiry& by, const std::shared_ptr<search>& x) {
  if (x->unasked.empty())
    return by.refuse(404, "there is no actor " + std::to_string(x->number) + " in the tree: it may have ended");
  const auto whom = std::move(x->unasked.back());
  x->unasked.pop_back();
  search_in(by, x, whom, 0);
}

} // namespace

std::string seen_label(const caf::actor& whom) {
  auto* actor = caf::actor_cast<caf::abstract_actor*>(whom);
  return type_label(typeid(*actor));
}

tree_path read_path(const nlohmann::json& params) {
  tree_path result;
  const auto found = params.find("path");
  if (found == params.end())
    return result;
  const bool is_path = found->is_array() && found->size() <= max_depth
                       && std::all_of(found->begin(), found->end(), [](const auto& x) { return x.is_string(); });
  if (!is_path)
    throw wrong_params("path must be a list of at most " + std::to_string(max_depth) + " ids of supervisors");
  for (const auto& x : *found)
    result.push_back(x.template get<std::string>());
  return result;
}

void find_supervisor(inquiry& by, tree_path path, std::function<void(const found_supervisor&)> then) {
  found_supervisor root{root_of(by), {}, true};
  root.as_child.actor = root.actor;
  root.as_child.state = child_state::running;
  root.as_child.type = child_type::supervisor;
  descend(by, root, std::make_shared<tree_path>(std::move(path)), 0, then);
}

void find_actor(inquiry& by, uint64_t number, std::function<void(const found_child&)> then) {
  ask_next(by, std::make_shared<search>(search{{root_of(by)}, number, std::move(then)}));
}

} // namespace bennu::engine
