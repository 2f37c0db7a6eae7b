#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <caf/actor_system.hpp>
#include <caf/scheduler/test_coordinator.hpp>

#include "actors/cluster/link/link.hpp"
#include "actors/cluster/names/name_carriers.hpp"
#include "actors/cluster/names/name_table.hpp"
#include "tests/kit/simulation/network.hpp"
#include <bennu/actors/node.hpp>
#include <bennu/supervision/child_spec.hpp>
#include <bennu/supervision/config.hpp>
#include <bennu/supervision/fault.hpp>

namespace bennu::engine {

/// How a simulation creates its nodes.
struct simulated_node_options {
  presence_options presence = {};

  /// Called before the tree of the node starts.
  std::function<void(node&)> prepare = {};

  /// The children that the application adds to the tree.
  std::function<std::vector<child_spec>(node&)> children = {};
};

/// A complete node in virtual time: its actor system, its tree, its link. It runs only when the simulator lets it.
///
/// Thread safety: none.
class simulated_node : public cluster_link {
public:
  using time_point = std::chrono::steady_clock::time_point;

  simulated_node(peer who, simulated_network& network, const simulated_node_options& options, time_point now);
  ~simulated_node() override;

  const peer& who() const noexcept { return who_; }
  /// The faults that are caused on purpose in it.
  fault_points& faults() noexcept { return config_.faults(); }

  node& home() noexcept { return *home_; }
  caf::actor_system& system() noexcept { return *system_; }
  const caf::actor& root() const noexcept { return root_; }

  // -- for the simulator --------------------------------------------------------

  size_t runnable() { return scheduler().jobs.size(); }

  /// The label of the actor that is the next to run. REQUIRES: one is ready.
  std::string next_label();

  /// Runs one message of the `index`-th actor that is ready to run.
  void run_one(size_t index);

  /// How many timers are set.
  size_t timers() { return scheduler().clock().schedule().size(); }

  /// When its next timer is due, in the time of the simulator.
  std::optional<time_point> next_timer();

  /// Advances its time to `now`.
  void advance_to(time_point now);

  /// Sets its clock ahead of the simulator's by this much more.
  void jump(std::chrono::nanoseconds ahead) { ahead_ += ahead; }

  void deliver(const link_up& x);
  void deliver(const link_down& x);
  void deliver(const link_received& x);
  void deliver(const simulated_message& x);
  void deliver(const simulated_names& x);
  void deliver(const simulated_end& x);

  /// Ends at once, like a killed process: nothing that it still does has an effect elsewhere.
  void kill();

  // -- cluster_link -------------------------------------------------------------

  void attend(const caf::actor& hub) override;
  bool send(const std::string& name, link_block bytes, uint64_t broadcasts = 0) override;
  size_t queued(const std::string& name) const override;
  std::vector<link_state> states() const override;
  void cut(const std::string& name, const std::string& why) override;
  void carry(std::shared_ptr<shared_names> names) override { names_.add(std::move(names)); }
  void tell_names(const std::vector<name_entry>& changes) override;
  uint64_t micros_now() const override;

private:
  void send_names(const std::string& to, bool whole, const std::vector<name_entry>& entries);
  caf::strong_actor_ptr proxy_for(const peer& of, const caf::strong_actor_ptr& real);

  caf::scheduler::test_coordinator& scheduler();

  peer who_;
  simulated_network& network_;
  bool dead_ = false;
  config config_;
  std::unique_ptr<caf::actor_system> system_;
  std::unique_ptr<node> home_;
  name_carriers names_;
  std::map<std::pair<std::string, caf::actor_id>, caf::strong_actor_ptr>
    proxies_; ///< by the node and id of their actor
  caf::actor hub_;
  caf::actor root_;
  time_point now_; ///< in the time of the simulator
  std::chrono::nanoseconds ahead_{0};
};

} // namespace bennu::engine
