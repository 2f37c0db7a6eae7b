#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <future>
#include <string>
#include <vector>

#include <caf/actor.hpp>
#include <caf/fwd.hpp>

#include <bennu/supervision/supervisor_commands.hpp>

namespace bennu {

/// One actor of a supervision tree, as it was at one moment. A plain value: tests compare it, `render` draws it.
struct tree_node {
  std::string id;     ///< its id in its supervisor; the name of the root
  std::string label;  ///< the name of a supervisor, else the class of the actor; empty without an actor
  uint64_t actor = 0; ///< the number of the actor; 0: there is none at the moment
  child_type type = child_type::worker;     ///< a worker or a supervisor
  child_state state = child_state::running; ///< what it is doing, as its supervisor sees it
  bool answers = true;                      ///< false: it did not answer in time, because it is stuck or has much to do
  std::chrono::milliseconds since{0};       ///< how long the current incarnation has existed
  uint64_t restarts = 0;                    ///< how often it was started again since its first start
  /// How many restarts are left before its supervisor gives it (or itself) up; for the root: of its own children.
  size_t restarts_left = 0;
  uint32_t mailbox_depth = 0;      ///< messages that wait for it
  uint32_t mailbox_high_water = 0; ///< the greatest `mailbox_depth` so far
  std::string last_crash; ///< the end that its last restart followed, as `to_string` writes it; empty before the first
  std::string detail;     ///< what the actor shows of itself, see `process::detail`
  std::vector<tree_node> children; ///< those of a static supervisor are in the order of their start
  size_t hidden = 0;               ///< how many children beyond `max_children` were left out
};

/// How `read_tree` reads a tree.
struct tree_options {
  /// How long each actor may take to answer. All children of a supervisor are asked at the same time. So a tree of
  /// depth d takes at most d + 1 times this, however many actors are stuck.
  std::chrono::milliseconds patience{500};

  /// How many children of each supervisor are read; the others are only counted, because a pool may have a hundred
  /// thousand.
  size_t max_children = 64;
};

/// Reads the tree under `root` and calls `done` once, on the thread of an actor. It never waits without a limit: a
/// stuck child is shown as stuck.
///
/// Every actor is asked separately, so that the values of different actors are from slightly different moments.
/// Thread safety: any thread may call it.
void read_tree(caf::actor_system& system, const caf::actor& root, tree_options options,
               std::function<void(tree_node)> done);

/// The same for a thread that may block. REQUIRES: the caller is not an actor.
std::future<tree_node> read_tree(caf::actor_system& system, const caf::actor& root, tree_options options = {});

/// The tree as text: a line of headings, then one line per actor in aligned columns.
std::string render(const tree_node& root);

/// Calls `f(node, depth)` for each node, a parent before its children.
template <class F>
void for_each_node(const tree_node& root, F&& f, size_t depth = 0) {
  f(root, depth);
  for (auto& x : root.children)
    for_each_node(x, f, depth + 1);
}

} // namespace bennu
