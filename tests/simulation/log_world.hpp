#pragma once

#include <map>
#include <set>
#include <string>
#include <vector>

#include "tests/kit/simulation/simulator.hpp"
#include "tests/simulation/log_reader.hpp"
#include "tests/simulation/seeds.hpp"
#include <bennu/actors/channel_options.hpp>
#include <bennu/actors/endpoint.hpp>

namespace bennu::test {

/// A cluster whose nodes publish numbers on a topic with history, and readers that come and go through any node, over
/// serializer v1 or v2. Some messages are binary, some are intercepted by the channels, some come from the readers.
///
/// In one half of the runs nodes are killed and start again, in the other half clocks jump. No run has both: what a
/// node published before two nodes met, the other one dates by that node's clock alone.
///
/// Long polling is not simulated: for the history it is one more session, whose client reads its frames later and
/// several at once, as the readers here do. tests/wire covers what `transport/longpoll` adds, because that needs
/// sockets.
class log_world {
public:
  log_world(uint64_t seed, history bounds);
  ~log_world();

  /// Does something random to the cluster, then lets some time pass.
  void do_something();

  /// No reader has found anything wrong.
  void check() const;

  /// Everything works again; then all readers connect, and all nodes publish.
  void heal();

  /// All readers have all that was published since, and the nodes keep the same.
  void check_healed();

  /// Writes down what has happened, when BENNU_SIMULATION_VERBOSE is set.
  void tell_all() const;

  // -- single steps ---------------------------------------------------------------

  void start(const std::string& name);
  void crash(const std::string& name);
  void publish(const std::string& name);
  void connect(log_reader& x, const std::string& name);
  void hang_up(log_reader& x);
  void read_all();

  std::vector<log_reader> readers;

private:
  void disturb_a_link(uint64_t how);
  void disturb_a_node(uint64_t how);
  void crash_an_actor(const std::string& name);
  void let_a_reader_act(uint64_t how);
  void read_one(log_reader& x);
  void join(log_reader& x);
  bool is_awake(const std::string& name) const;
  std::string any_node();
  std::map<std::string, std::set<uint64_t>> kept_by(const std::string& name);

  const bool overflows_;
  const bool clocks_jump_;
  const bool tells_all_ = number_from("BENNU_SIMULATION_VERBOSE", 0) != 0;
  endpoint via_;
  counts published_;

public:
  simulator sim;
};

} // namespace bennu::test
