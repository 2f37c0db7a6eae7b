#pragma once

#include <cstddef>
#include <functional>
#include <string>
#include <vector>

#include <caf/actor.hpp>

#include "supervision/children/children_part.hpp"
#include "transport/observer/inquiry.hpp"
#include <bennu/supervision/supervisor_commands.hpp>

namespace bennu::engine {

/// Asks a supervisor of the tree. `then` runs in the inquiry; a supervisor that does not answer refuses the question.
template <class Answer, class Command, class Then>
void ask_supervisor(inquiry& by, const caf::actor& whom, const Command& what, Then then) {
  by.request(whom, inquiry::patience, what)
    .then([&by, then](Answer& x) { by.guarded([&] { then(x); }); },
          [&by](const caf::error&) { by.refuse(504, "the supervisor does not answer: it is stuck, or has ended"); });
}

/// A page of the children of a supervisor.
struct found_children {
  std::vector<child_info> rows;
  size_t total = 0;   ///< how many there are
  size_t matches = 0; ///< how many of them the search finds
};

/// Goes through the children of a supervisor part by part, so that it serves others between, and calls `then` with
/// those that `matches` lets through (null: all), without the first `skip`, at most `limit`. With `is_enough` it ends
/// as soon as it has so many rows.
void list_children(inquiry& by, const caf::actor& supervisor, list_children_command what, bool is_enough,
                   std::function<void(found_children&)> then);

/// The class of an actor, as it can be seen from outside. Its virtual `label` may not be called by other threads.
std::string seen_label(const caf::actor& whom);

/// The path of a supervisor: the ids from a child of the root downwards.
using tree_path = std::vector<std::string>;

/// The param `path`. @throws wrong_params
tree_path read_path(const nlohmann::json& params);

/// A supervisor, and how its own supervisor sees it (nothing for the root).
struct found_supervisor {
  caf::actor actor;
  child_info as_child;
  bool is_root = false;
};

/// Goes down the path, and calls `then` with the supervisor at its end; refuses the question with 404 when there is
/// none.
void find_supervisor(inquiry& by, tree_path path, std::function<void(const found_supervisor&)> then);

/// A child with its supervisor.
struct found_child {
  caf::actor supervisor;
  child_info child;
};

/// Looks through the whole tree for the actor with that number; refuses the question with 404 when there is none.
void find_actor(inquiry& by, uint64_t number, std::function<void(const found_child&)> then);

} // namespace bennu::engine
