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

/// One actor of a supervision tree, as it was seen at one moment. An ordinary value: tests compare it, `render` draws it.
struct tree_node {
  std::string id;          ///< in its supervisor; the root's is its name
  std::string label;       ///< a supervisor's name, else the class of the actor; empty when there is no actor
  std::uint64_t actor = 0; ///< the actor's number; 0: there is no actor
  child_type type = child_type::worker;
  child_state state = child_state::running;
  bool answers = true;                ///< false: it did not answer in time. It is stuck, or has much to do
  std::chrono::milliseconds since{0}; ///< for how long it has been in this life
  std::uint64_t restarts = 0;
  std::size_t restarts_left = 0; ///< before its supervisor gives it (or itself) up; the root's: of its own children
  std::uint32_t mailbox_depth = 0;
  std::uint32_t mailbox_high_water = 0;
  std::string last_crash;
  std::string detail;              ///< what the actor tells of itself, see `process::detail`
  std::vector<tree_node> children; ///< of a static supervisor in the order of their start
  std::size_t hidden = 0;          ///< children beyond `max_children`
};

/// How a tree is looked at.
struct tree_options {
  /// How long each actor may take to answer. All children of a supervisor are asked at the same time, so a tree of depth d takes no
  /// longer than d + 1 times this, however many are stuck.
  std::chrono::milliseconds patience{500};

  /// Children looked at of each supervisor; the others are counted. A pool may have a hundred thousand.
  std::size_t max_children = 64;
};

/// Looks at the tree under `root` and calls `done` once, from an actor's thread. Nobody is waited for for ever, and only supervisors
/// and actors on the scheduler do any work: a stuck child is shown as such.
///
/// Every actor is asked, so the numbers of different actors are of slightly different moments.
void read_tree(caf::actor_system& system, const caf::actor& root, tree_options options,
               std::function<void(tree_node)> done);

/// The same for a thread that may wait. REQUIRES: not called in an actor.
std::future<tree_node> read_tree(caf::actor_system& system, const caf::actor& root, tree_options options = {});

/// The tree as text: one line an actor, in aligned columns, under a line of headings.
std::string render(const tree_node& root);

/// Calls `f(node, depth)` for each node, a parent before its children.
template <class F>
void for_each_node(const tree_node& root, F&& f, std::size_t depth = 0) {
  f(root, depth);
  for (auto& x : root.children)
    for_each_node(x, f, depth + 1);
}

} // namespace bennu
