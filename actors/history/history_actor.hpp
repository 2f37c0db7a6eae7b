#pragma once

#include <string>

#include "actors/history/store.hpp"
#include <bennu/supervision/child_spec.hpp>
#include <bennu/supervision/process.hpp>

namespace bennu::engine {

/// The parts of a node that the actor of the history uses. They outlive it.
struct history_services {
  history_store& store;
  const current_actor& hub;
};

/// Lets the time of the histories pass, tells other nodes what this one has, and answers their requests.
///
/// Accepts `history_asked`, `history_new_hub`, and `link_up` and `link_down` of the hub. Started by the node's
/// supervisor, `permanent`, when a topic of the node has history. The histories outlive it; a new one tells all nodes
/// again what this one has, so that they catch up. When the time is over in which this node may catch up, it ends that.
class history_actor : public process {
public:
  history_actor(caf::actor_config& config, const history_services& services);

  std::string label() const override;
  std::string detail() const override;

  /// What the histories of the node hold, as their bounds count it.
  size_t memory() const noexcept override;

protected:
  caf::behavior make_behavior() override;

private:
  void attend(const caf::actor& hub);
  void beat();

  const history_services services_;
};

child_spec history_child(const history_services& services);

} // namespace bennu::engine
