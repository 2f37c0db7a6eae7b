#pragma once

#include <map>
#include <memory>
#include <string>
#include <vector>

#include <doctest/doctest.h>
#include <nlohmann/json.hpp>

#include "actors/simulation/simulator.hpp"
#include <bennu/actors/fwd.hpp>

namespace bennu::test {

using namespace engine;

/// What one node's subscriber heard.
struct witness {
  /// By publisher and its life: the last number.
  std::map<std::string, uint64_t> last;
  uint64_t heard = 0;
  uint64_t wrong = 0; ///< twice, or out of order

  /// Presences of the topic as a client keeps them: key to the refs of its metas.
  std::map<std::string, std::map<std::string, json>> present;
  uint64_t impossible = 0; ///< a join of what was there, or a leave of what was not
};

/// A simulated cluster whose nodes publish numbers and track people, and which is watched by a subscriber on each node.
class world {
public:
  explicit world(uint64_t seed, size_t nodes = 3);

  /// Does something to the cluster, as chance wills; then lets some time pass.
  void do_something();

  void start(const std::string& name);
  void crash(const std::string& name);

  void crash_an_actor(const std::string& name);
  void publish(const std::string& name);
  void track(const std::string& name);
  void untrack(const std::string& name);
  void update(const std::string& name);

  /// The links are mended and time passes, until everything must be equal everywhere.
  void heal();

  /// How many broadcasts all watchers heard so far.
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
  uint64_t heard_before_ = 0; ///< in lives that are over
};

/// A presence list as a set: metas have another order on each node.
json sorted(json presences);

} // namespace bennu::test
