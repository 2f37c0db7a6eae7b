#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <random>
#include <string>
#include <string_view>
#include <vector>

#include "tests/kit/simulation/network.hpp"
#include "tests/kit/simulation/simulated_node.hpp"

namespace bennu::engine {

/// A cluster of complete nodes in one thread and in virtual time. One seed decides the order of everything: which
/// actor handles its next message, which block arrives, when a cut is noticed. The same seed and the same calls give
/// the same run, step by step.
///
///     simulator sim{seed, {.children = ...}};
///     sim.start("a");
///     sim.start("b");
///     sim.run_for(1s);
///     sim.cut("a", "b");
///     ...
///     CHECK(sim["a"].home().presences().list("room:1") == ...);
///
/// Code in it must read the time from the actor clock only (`clock().now()`), take randomness from the seed, and use
/// no threads.
///
/// Thread safety: none.
class simulator {
public:
  using time_point = simulated_network::time_point;

  explicit simulator(uint64_t seed, simulated_node_options nodes = {}, simulated_network_options network = {});
  ~simulator();

  // -- nodes --------------------------------------------------------------------

  /// Starts a node, or restarts it in a new life.
  simulated_node& start(const std::string& name);

  /// Kills the process of the node; the others are not told.
  void crash(const std::string& name);

  /// Tells the node to stop, with this much time; it says goodbye to the others.
  void stop(const std::string& name, std::chrono::milliseconds within = std::chrono::seconds{10},
            const std::function<void()>& after_each_step = {});

  bool running(const std::string& name) const { return nodes_.contains(name); }
  simulated_node& operator[](const std::string& name) { return *nodes_.at(name); }
  std::vector<std::string> names() const;

  // -- the network --------------------------------------------------------------

  void cut(const std::string& a, const std::string& b);
  void heal(const std::string& a, const std::string& b);

  /// Heals all links, also those of nodes that do not run now, and ends all delays and pauses.
  void heal_all();

  void reset(const std::string& a, const std::string& b);
  void stall(const std::string& from, const std::string& to, std::chrono::milliseconds time);

  /// The node does nothing for this long: no actor runs and no timer fires. The others are not told.
  void pause(const std::string& name, std::chrono::milliseconds time);

  /// How long the node is paused from now on; zero when it runs.
  std::chrono::nanoseconds paused_for(const std::string& name) const;

  /// Adds latency to every block from now on; zero: as before.
  void slow(const std::string& from, const std::string& to, std::chrono::milliseconds latency);

  /// The link refuses the blocks that one node sends to another, for this long.
  void lose(const std::string& from, const std::string& to, std::chrono::milliseconds time);

  /// Sets the clock of the node ahead, so that its timers fire early.
  void jump(const std::string& name, std::chrono::milliseconds ahead);

  // -- time ---------------------------------------------------------------------

  /// Does one step: an actor handles a message, a block arrives, or, when nothing else is possible, time advances to
  /// the next event.
  /// @returns false when no step is possible, or the next one is due after `until`.
  /// @throws std::runtime_error when the actors do not come to rest, so that no time can pass.
  bool step(time_point until);

  /// More steps within one instant are no work but an endless loop. A test of the kit sets less.
  static inline size_t most_steps_at_one_time = 1'000'000;

  void run_for(std::chrono::nanoseconds time);

  /// Runs until the condition is true. @returns whether it became true within the time.
  bool run_until(const std::function<bool()>& condition, std::chrono::nanoseconds within);

  /// Calls `f` after this time, as one step. Of calls that are due at the same time the first one goes first.
  void after(std::chrono::nanoseconds time, std::function<void()> f);

  time_point now() const noexcept { return now_; }
  std::mt19937_64& chance() noexcept { return chance_; }
  const simulated_network& network() const noexcept { return network_; }
  uint64_t seed() const noexcept { return seed_; }
  uint64_t steps() const noexcept { return steps_; }

  /// A number that depends on every step so far: equal runs have equal numbers.
  uint64_t fingerprint() const noexcept { return fingerprint_; }

  /// Makes the fingerprint depend on this text, too.
  void trace(std::string_view what) noexcept;

  /// Adds a line to the history.
  void note(std::string what) { happened(std::move(what)); }

  /// What happened to the nodes and the network, and when, one line each. It shows the way to a failure.
  const std::vector<std::string>& history() const noexcept { return history_; }

private:
  [[noreturn]] void never_rests();
  void happened(std::string what);
  void trace(uint64_t what) noexcept;
  bool run_some_actor();
  bool deliver_something();
  bool do_something_due();
  bool pass_time(time_point until);
  void advance_nodes();

  uint64_t seed_;
  std::mt19937_64 chance_;
  simulated_node_options options_;
  simulated_network network_;
  time_point now_{std::chrono::seconds{1}};
  uint64_t lives_ = 0;
  uint64_t steps_ = 0;
  size_t steps_at_this_time_ = 0;
  uint64_t fingerprint_ = 0;
  std::vector<std::string> history_;
  std::map<std::string, time_point> paused_; ///< until when
  std::multimap<time_point, std::function<void()>> actions_;
  std::map<std::string, std::unique_ptr<simulated_node>> nodes_;
};

} // namespace bennu::engine
