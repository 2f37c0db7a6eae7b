#include "transport/observer/tree_walk.hpp"

#include <algorithm>
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

void descend(inquiry& by, const found_supervisor& at, const std::shared_ptr<tree_path>& path, size_t depth,
             const std::function<void(const found_supervisor&)>& then) {
  if (depth == path->size())
    return then(at);
  ask_supervisor<std::vector<child_info>>(
    by, at.actor, which_children_command{}, [&by, path, depth, then](std::vector<child_info>& children) {
      const auto found =
        std::find_if(children.begin(), children.end(), [&](const auto& x) { return x.id == (*path)[depth]; });
      if (found == children.end())
        throw refused_question(404, "there is no child \"" + shown_text((*path)[depth], 128) + "\"");
      if (found->type != child_type::supervisor)
        throw refused_question(404, "\"" + shown_text(found->id, 128) + "\" is a worker: it has no children");
      if (!found->actor)
        throw refused_question(409, "\"" + shown_text(found->id, 128) + "\" does not run at the moment");
      descend(by, {found->actor, std::move(*found), false}, path, depth + 1, then);
    });
}

/// The supervisors that are still to be asked.
struct search {
  std::vector<caf::actor> unasked;
  uint64_t number;
  std::function<void(const found_child&)> then;
};

void ask_next(inquiry& by, const std::shared_ptr<search>& x) {
  if (x->unasked.empty())
    return by.refuse(404, "there is no actor " + std::to_string(x->number) + " in the tree: it may have ended");
  const auto whom = std::move(x->unasked.back());
  x->unasked.pop_back();
  by.request(whom, inquiry::patience, which_children_command{})
    .then(
      [&by, x, whom](std::vector<child_info>& children) {
        for (auto& child : children) {
          if (child.actor && child.actor.id() == x->number)
            return by.guarded([&] { x->then({whom, std::move(child)}); });
          if (child.actor && child.type == child_type::supervisor)
            x->unasked.push_back(child.actor);
        }
        ask_next(by, x);
      },
      [&by, x](const caf::error&) { ask_next(by, x); });
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
