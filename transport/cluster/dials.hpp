#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <random>
#include <set>
#include <string>
#include <vector>

namespace bennu::engine {

/// How one endpoint of a dialled address answered.
struct dial_outcome {
  enum class kind : std::uint8_t { connected, present, self, refused, failed };

  std::string endpoint; ///< numeric
  kind what = kind::failed;
  std::string name{}; ///< of the node, where it is known: `connected`, `present` (there is a connection already)
  std::string why{};  ///< `refused`, `failed`
};

struct dial_report {
  std::string address; ///< as it was asked for
  std::vector<dial_outcome> outcomes;
};

/// Which addresses are dialled, and when: with a growing pause and jitter, until there is a link to every node behind them. Seeds are dialled
/// for ever; an address that is known from other nodes alone until its node is forgotten.
///
/// Thread safety: none; a value. Time is an input.
class cluster_dials {
public:
  using time_point = std::chrono::steady_clock::time_point;

  struct timing {
    std::chrono::milliseconds first{100};
    std::chrono::milliseconds last{5000};

    /// An address that only other nodes told of, and that has not answered for so long, is forgotten.
    std::chrono::milliseconds forget{std::chrono::minutes{1}};
  };

  cluster_dials(std::vector<std::string> seeds, timing pace, std::uint64_t random_seed, time_point now);

  /// A node of that name is said to be there, and not where it was said to be before.
  void learn(const std::string& name, const std::string& address, time_point now);

  void linked(const std::string& name) { linked_.insert(name); }
  void unlinked(const std::string& name, time_point now);

  /// The node is gone for good: its addresses are dialled no more, and no seed waits for it.
  void forget(const std::string& name);

  /// Addresses that are known.
  std::size_t size() const noexcept { return targets_.size(); }

  struct order {
    std::string address;
    std::set<std::string> skip; ///< endpoints of nodes that are linked
  };

  /// What is to be dialled now; each is under way until its report comes.
  std::vector<order> due(time_point now);

  void report(const dial_report& what, time_point now);

private:
  struct target {
    bool is_seed = false;
    bool is_under_way = false;
    bool is_known = false;                    // the last report had no failure
    bool is_self = false;                     // and nobody else
    std::map<std::string, std::string> names; // endpoint → node that was found there
    std::string said_name;                    // by hearsay
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
