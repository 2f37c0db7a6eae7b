#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <random>
#include <set>
#include <string>
#include <vector>

namespace bennu::engine {

/// The result of dialling one endpoint of an address.
struct dial_outcome {
  enum class kind : uint8_t { connected, present, self, refused, failed };

  std::string endpoint; ///< numeric
  kind what = kind::failed;
  std::string name{}; ///< of the node, if it is known: for `connected` and `present` (there is a connection already)
  std::string why{};  ///< for `refused` and `failed`
};

struct dial_report {
  using local_message = void;
  std::string address; ///< the dialled address
  std::vector<dial_outcome> outcomes;
};

/// Which addresses are dialled, and when: with growing pauses and jitter, until there is a link to every node behind
/// them. Seeds are dialled for ever. An address that is only known from other nodes is dialled until its node is
/// forgotten.
///
/// A plain value; the caller passes the time. Thread safety: none.
class cluster_dials {
public:
  using time_point = std::chrono::steady_clock::time_point;

  struct timing {
    std::chrono::milliseconds first{100};
    std::chrono::milliseconds last{5000};

    /// An address that is only known from other nodes, and that has not answered for this long, is forgotten.
    std::chrono::milliseconds forget{std::chrono::minutes{1}};
  };

  cluster_dials(std::vector<std::string> seeds, timing pace, uint64_t random_seed, time_point now);

  /// A node with that name has this address now, no longer an earlier one.
  void learn(const std::string& name, const std::string& address, time_point now);

  void linked(const std::string& name) { linked_.insert(name); }
  void unlinked(const std::string& name, time_point now);

  /// The node is forgotten: its addresses are no longer dialled, and no seed waits for it.
  void forget(const std::string& name);

  /// The known addresses.
  size_t size() const noexcept { return targets_.size(); }

  struct order {
    std::string address;
    std::set<std::string> skip; ///< endpoints of connected nodes
  };

  /// The addresses to dial now. Each one is being dialled until its report arrives.
  std::vector<order> due(time_point now);

  void report(const dial_report& what, time_point now);

private:
  struct target {
    bool is_seed = false;
    bool is_under_way = false;
    bool is_known = false;                    // the last report was no failure
    bool is_self = false;                     // it leads to this node only
    std::map<std::string, std::string> names; // endpoint → the node that answered there
    std::string said_name;                    // as other nodes say
    unsigned attempt = 0;
    time_point due;
    time_point heard;
  };

  bool is_satisfied(const target& x) const;
  std::chrono::milliseconds pause(unsigned attempt);

  timing pace_;
  std::minstd_rand random_;
  std::map<std::string, target> targets_;
  std::set<std::string> linked_;
};

} // namespace bennu::engine
