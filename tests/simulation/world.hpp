#pragma once

#include <map>
#include <memory>
#include <string>
#include <vector>

#include <doctest/doctest.h>
#include <nlohmann/json.hpp>

#include "tests/kit/simulation/simulator.hpp"
#include <bennu/actors/fwd.hpp>

namespace bennu::test {

using namespace engine;

/// What the subscriber of one node has received.
struct witness {
  /// The last number of each publisher and life.
  std::map<std::string, uint64_t> last;
  uint64_t heard = 0;
  uint64_t wrong = 0; ///< received twice or out of order

  /// The presences of the topic as a client keeps them: the refs of the metas of each key.
  std::map<std::string, std::map<std::string, json>> present;
  uint64_t impossible = 0; ///< joins of what was present, and leaves of what was not
};

/// A simulated cluster. Its nodes publish numbers and track people; a subscriber on each node watches it.
class world {
public:
  explicit world(uint64_t seed, size_t nodes = 3);

  /// Does something random to the cluster, then lets some time pass.
  void do_something();

  void start(const std::string& name);
  void crash(const std::string& name);

  void crash_an_actor(const std::string& name);
  void publish(const std::string& name);
  void track(const std::string& name);
  void untrack(const std::string& name);
  void update(const std::string& name);

  /// Heals all links and lets enough time pass for all nodes to become equal.
  void heal();

  /// How many broadcasts all watchers have received.
  uint64_t heard() const;

  // -- what must be true ----------------------------------------------------------

  void check_always();
  void check_healed();

  simulator sim;

private:
  struct person {
    caf::actor who;
    std::string key;
  };

  std::vector<child_spec> watchers(node& home);
  std::string any_node();
  json own_presences() const;

  static constexpr auto topic = "room:1";

  std::vector<std::string> names_;
  std::map<std::string, witness> witnesses_;
  std::map<std::string, std::vector<person>> people_;
  std::map<std::string, uint64_t> published_;         ///< by node and life
  std::map<std::string, simulator::time_point> dead_; ///< when a life ended
  int people_so_far_ = 0;
  uint64_t heard_before_ = 0; ///< in lives that have ended
};

/// A list of presences in a canonical order, because the metas have a different order on each node.
json sorted(json presences);

} // namespace bennu::test
