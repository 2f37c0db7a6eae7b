#pragma once

#include <functional>
#include <map>
#include <memory>
#include <random>
#include <source_location>
#include <string>
#include <vector>

#include "tests/kit/cluster/client_line.hpp"
#include "tests/kit/cluster/fault_script.hpp"
#include "tests/kit/simulation/simulator.hpp"
#include <bennu/testing/cluster_case.hpp>

namespace bennu::engine {

/// Everything behind a `cluster_case`: the simulator, the endpoints of its nodes, the clients, the faults.
///
/// Thread safety: for the test's thread.
class cluster_world : public client_servers {
public:
  cluster_world(uint64_t seed, cluster_case::make_endpoint make, cluster_case_options options, fault_script script);
  ~cluster_world() override;

  client_line& add_client(std::string wanted_node, std::map<std::string, std::string> params);

  void start(const std::string& name);
  void crash(const std::string& name);
  void stop(const std::string& name);
  void heal_all();

  /// Lets time pass until this moment, and checks after every step what must always hold.
  void run_until(simulator::time_point until, const std::function<bool()>& enough);

  // -- client_servers -------------------------------------------------------------

  void violated(const std::string& what) override { violation = what; }

  simulator& sim() noexcept override { return sim_; }
  std::string choose(const std::string& wanted) override;
  const endpoint& via(const std::string& node) override { return *endpoints_.at(node); }

  struct invariant {
    std::string what;
    std::function<bool()> holds;
    std::source_location where;
  };

  const cluster_case_options options;
  fault_script script;
  std::mt19937_64 fault_chance; ///< its own, so that a run without some faults draws the same others
  std::mt19937_64 test_chance;
  std::vector<invariant> invariants;
  std::string violation; ///< what a client has received and no server may send
  std::vector<std::unique_ptr<client_line>> clients;

private:
  void check_invariants();
  void prepare(node& home);

  cluster_case::make_endpoint make_endpoint_;
  std::vector<std::unique_ptr<endpoint>> all_endpoints_; ///< outlive the nodes
  std::map<std::string, const endpoint*> endpoints_;     ///< by node: that of its life
  simulator sim_;
};

} // namespace bennu::engine
