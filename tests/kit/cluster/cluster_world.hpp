#pragma once

#include <chrono>
#include <functional>
#include <map>
#include <memory>
#include <random>
#include <set>
#include <source_location>
#include <string>
#include <utility>
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

  std::shared_ptr<client_line> add_client(std::string wanted_node, std::map<std::string, std::string> params,
                                          std::source_location where);

  /// @throws std::invalid_argument when the test has no node of this name.
  void require_node(const std::string& name) const;

  /// @throws std::invalid_argument unless these are two nodes of the test.
  void require_two(const std::string& a, const std::string& b) const;

  // -- faults and their ends --------------------------------------------------------
  //
  // Several faults may be in effect on one link or node. A link stays cut, and a node down, until the last of them has
  // ended; a way has the latency of the slowest. A fault that the test itself ends has the number `of_the_test`.

  using fault_number = uint64_t;
  static constexpr fault_number of_the_test = 0;

  fault_number next_fault() noexcept { return ++last_fault_; }

  void cut(const std::string& a, const std::string& b, fault_number by);
  void end_cut(const std::string& a, const std::string& b, fault_number of);

  /// Ends all cuts of the link.
  void heal(const std::string& a, const std::string& b);

  void slow(const std::string& from, const std::string& to, std::chrono::milliseconds latency, fault_number by);
  void end_slow(const std::string& from, const std::string& to, fault_number of);

  void crash(const std::string& name, fault_number by);
  void end_crash(const std::string& name, fault_number of);

  /// Starts the node, whatever keeps it down.
  void start(const std::string& name);

  void stop(const std::string& name);
  void heal_all();

  /// Lets time pass until this moment, and checks after every step what must always hold.
  void run_until(simulator::time_point until, const std::function<bool()>& enough);

  // -- client_servers -------------------------------------------------------------

  void violated(const client_line& by, const std::string& what) override;

  simulator& sim() noexcept override { return sim_; }
  std::string choose(const std::string& wanted) override;
  bool is_listening(const std::string& node) const override;
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
  std::string violation;            ///< what a client has received and no server may send
  std::source_location violated_at; ///< where this client was made
  std::vector<std::shared_ptr<client_line>> clients;

  void check_protocol() const;
  void check_invariants() const;

private:
  using way = std::pair<std::string, std::string>;

  static way link_of(const std::string& a, const std::string& b) { return a < b ? way{a, b} : way{b, a}; }
  void prepare(node& home);
  void set_latency(const way& x);

  cluster_case::make_endpoint make_endpoint_;
  std::vector<std::unique_ptr<endpoint>> all_endpoints_; ///< outlive the nodes
  std::map<std::string, const endpoint*> endpoints_;     ///< by node: that of its life
  fault_number last_fault_ = of_the_test;
  std::map<way, std::set<fault_number>> cuts_;
  std::map<way, std::map<fault_number, std::chrono::milliseconds>> latencies_;
  std::map<std::string, std::set<fault_number>> downs_;
  std::set<std::string> stopping_;
  std::map<const client_line*, std::source_location> made_at_;
  simulator sim_;
};

} // namespace bennu::engine
