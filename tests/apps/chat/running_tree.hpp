#pragma once

#include <future>
#include <optional>
#include <vector>

#include "tests/supervision/threaded_system.hpp"
#include <bennu/supervision/supervisor.hpp>

namespace chat {

/// An actor system whose tree runs `children`. When the constructor returns, all of them are ready.
class running_tree {
public:
  explicit running_tree(const std::vector<bennu::child_spec>& children) {
    std::promise<void> ready;
    bennu::supervisor_spec root;
    for (auto& x : children)
      root.add(x);
    root.add(bennu::child_spec{
      "ready", [&](caf::event_based_actor*, const bennu::start_cause&) {
        ready.set_value();
        return bennu::start_result::ignore();
      }}.restart_as(bennu::restart::temporary));
    tree_.emplace(root.start(world_.system()));
    ready.get_future().wait();
  }

  /// Stops the children in reverse order and waits for their end.
  void stop() { tree_.reset(); }

private:
  bennu::test::threaded_system world_;
  std::optional<bennu::supervision_tree> tree_;
};

} // namespace chat
