#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <unordered_map>

#include <caf/actor.hpp>
#include <caf/actor_clock.hpp>

#include "supervision/children/child_watch.hpp"
#include <bennu/supervision/child_recipe.hpp>
#include <bennu/supervision/restart_intensity.hpp>
#include <bennu/supervision/strategy.hpp>
#include <bennu/supervision/supervisor_commands.hpp>

namespace bennu::engine {

/// The children of a static supervisor, and which of them to stop or start next: a pure value.
///
/// An event (an end, a crash, a command) marks the children that it concerns. `next_to_stop` and `next_to_start` then
/// give the order: first all stops in reverse order, one after another, then the starts in order, each when the one
/// before is ready. Children of a running one_for_one supervisor are independent and do not wait for each other.
///
/// Invariants:
/// 1. A child keeps its place until it is removed; places are never reused, and grow with the order of starts.
/// 2. A child has an actor in the states `starting`, `running`, `condemned` and `stopping`, and in no other.
/// 3. A generation names one attempt to start a child: keys of earlier attempts are invalid.
///
/// A step costs O(log n), and one that concerns a group O(n log n).
class static_children {
public:
  using place = uint32_t;
  using time_point = caf::actor_clock::time_point;

  enum class state : uint8_t {
    undefined, ///< it has no actor and will not get one
    wanted,    ///< it will be started
    starting,  ///< it has an actor that has not acknowledged yet
    running,
    restarting, ///< its start failed and will be tried again
    condemned,  ///< it will be stopped
    stopping,   ///< it was told to stop
  };

  /// What happens to a child once it has stopped.
  enum class fate : uint8_t { rest, start, remove };

  struct entry {
    child_recipe_ptr recipe;
    caf::actor actor;
    state what = state::undefined;
    fate then = fate::rest;
    bool on_order = false; ///< a command asked for this start: its failure is an answer, and no crash
    uint32_t generation = 0;
    start_cause cause;
    std::optional<restart_intensity> intensity; ///< its own, if it has one
    time_point since{};                         ///< when its actor was started, or the last one ended
    uint64_t launches = 0;                      ///< how often it got an actor
    std::string last_crash;

    bool has_actor() const noexcept;
    bool is_temporary() const noexcept { return recipe->policy().restart_type == restart::temporary; }
  };

  explicit static_children(strategy how) noexcept : how_(how) {}

  // -- looking ----------------------------------------------------------------

  entry* find(place at) noexcept;
  entry* find(child_key key) noexcept;
  std::optional<place> find(const std::string& id) const;

  /// In the order of starts.
  const std::map<place, entry>& all() const noexcept { return entries_; }

  // -- changes ----------------------------------------------------------------
  // REQUIRES: the place holds a child.

  /// Adds a child behind all others, wanted.
  /// REQUIRES: its id is free.
  place add(child_recipe_ptr recipe);

  void remove(place at);

  /// Marks a child without an actor for its start.
  void want(place at);

  /// Notes that the attempt which `key_of` names now has an actor: one that has not acknowledged yet, or one that has.
  void set_starting(place at, caf::actor actor);
  void set_running(place at);

  /// Leaves a child without an actor as it is; a temporary one is removed. @returns whether it is still known.
  bool rest(place at);

  /// Notes that a start failed and will be tried again; the other children of its group that were still to be started
  /// stay without an actor.
  void retry_later(place at);

  /// Marks a child for stopping; `then` says what happens afterwards. To a child without an actor it happens at once.
  void condemn(place at, fate then);

  /// Notes that a child was told to stop.
  void set_stopping(place at);

  /// Notes that a child has ended, and carries out what `condemn` announced. @returns whether it is still known.
  bool finish_stop(place at);

  /// Marks the other children that the strategy restarts with this one; temporary ones among them are removed.
  void condemn_group_of(place at);

  /// Marks all children for stopping, for good.
  void condemn_all();

  /// Notes that all first starts are done: children of a one_for_one supervisor are independent from here on.
  void set_independent() noexcept { independent_ = how_ == one_for_one; }

  // -- what to do next --------------------------------------------------------

  std::optional<place> next_to_stop() const;
  std::optional<place> next_to_start() const;

  /// Whether there is nothing to do and nothing to wait for.
  bool at_rest() const noexcept { return starting_ == 0 && stopping_ == 0 && condemned_.empty() && wanted_.empty(); }

  /// The key of the next attempt, with a new generation.
  child_key renew(place at);
  child_key key_of(place at) { return {at, find(at)->generation}; }

  bool any_significant_left() const;

private:
  void set(place at, entry& x, state next);
  size_t* counter(state what) noexcept;

  strategy how_;
  bool independent_ = false;
  place next_place_ = 0;
  std::map<place, entry> entries_;
  std::unordered_map<std::string, place> by_id_;
  std::set<place> wanted_;
  std::set<place> condemned_;
  size_t starting_ = 0;
  size_t stopping_ = 0;
};

/// The state as commands report it.
child_state seen(const static_children::entry& x) noexcept;

} // namespace bennu::engine
