#pragma once

#include <functional>

#include "supervision/children/children_part.hpp"
#include <bennu/supervision/process.hpp>
#include <bennu/supervision/tree.hpp>

namespace bennu::engine {

/// Reads a tree for `read_tree`: asks every actor, calls `done` when all have answered or their time is over, and
/// ends.
///
/// Supervisors are asked by `list_children_command` and `get_supervisor_command`, workers by CAF's own `info` request,
/// which every event-based actor answers. Started by `read_tree` without a supervisor: it lives for some milliseconds.
class tree_reader : public process {
public:
  tree_reader(caf::actor_config& cfg, caf::actor root, tree_options options, std::function<void(tree_node)> then);

protected:
  caf::behavior make_behavior() override;

private:
  void visit(const caf::actor& whom, tree_node& at);
  void ask_supervisor(const caf::actor& whom, tree_node& at);
  void ask_worker(const caf::actor& whom, tree_node& at);
  void found(children_part& part, tree_node& at);
  void answered();

  caf::actor root_;
  tree_options options_;
  std::function<void(tree_node)> done_;
  tree_node tree_; // the `children` of a node are sized once, so that pointers to them stay valid
  size_t open_ = 0;
};

} // namespace bennu::engine
