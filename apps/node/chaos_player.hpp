#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <set>
#include <string>

#include "apps/node/control_client.hpp"
#include "apps/node/scenario.hpp"

namespace bennu::node_program {

/// The exit status of `bennu-node chaos` besides 0, and 2 for a wrong use or scenario. A signal is 128 and its number.
enum class chaos_status : int {
  failed = 1,  ///< a step was not possible, or a node is gone
  refused = 3, ///< a node is not in dev mode: nothing was played
};

/// Plays a scenario against running nodes, tells on standard output what it does, and heals everything in the end, also
/// after SIGINT, SIGTERM, SIGHUP, SIGQUIT or a failure; it also goes on when nobody reads what it tells. When it is
/// killed itself, the nodes heal by themselves; one that is paused stays so.
///
/// Thread safety: none; used in `main`, before any thread.
class chaos_player {
public:
  explicit chaos_player(scenario what);
  ~chaos_player();
  chaos_player(const chaos_player&) = delete;
  chaos_player& operator=(const chaos_player&) = delete;

  /// @returns the exit status
  int play();

private:
  using clock = std::chrono::steady_clock;

  void connect();
  void play_all();
  bool wait_until(clock::time_point when);
  void begin(size_t step);
  void kill(const std::string& node);
  void heal(size_t step);
  void heal_all();
  void end();
  void say(const std::string& what) const;
  void complain(const std::string& what) const;

  const scenario scenario_;
  const int signals_; // a signalfd
  std::map<std::string, std::unique_ptr<control_client>> nodes_;
  std::map<size_t, uint64_t> causing_; // step, number of the fault at its node; 0: a pause
  std::set<std::string> killed_;
  clock::time_point start_ = clock::now();
  int signal_ = 0; // that ended it
};

} // namespace bennu::node_program
