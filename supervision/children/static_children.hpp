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

/// The children of a static supervisor, and who of them is to be stopped or started next: a pure value.
///
/// Each event (an end, a crash, a command) only says what is to become of which child. `next_to_stop` and `next_to_start`
/// then give the way there: first all stops in reverse order, one after another, then the starts in order, each when
/// the one before is ready. Children of a running one_for_one supervisor have nothing to do with each other, and do not wait.
///
/// Invariants:
/// 1. A place is the child's for as long as it is known, is never given to another, and grows with the order of starts.
/// 2. A child has an actor in the states `starting`, `running`, `condemned` and `stopping`, and in no other.
/// 3. A generation names one attempt to start a child: keys of earlier attempts are void.
///
/// Steps cost O(log n), but for what concerns all children of a group.
class static_children {
public:
  using place = std::uint32_t;
  using time_point = caf::actor_clock::time_point;

  enum class state : std::uint8_t {
    undefined, ///< no actor, and none is to be
    wanted,    ///< to be started
    starting,  ///< has not acknowledged yet
    running,
    restarting, ///< its start failed; the next try is on its way
    condemned,  ///< to be stopped
    stopping,   ///< was told to
  };

  /// What becomes of a child once it was stopped.
  enum class fate : std::uint8_t { rest, start, remove };

  struct entry {
    child_recipe_ptr recipe;
    caf::actor actor;
    state what = state::undefined;
    fate then = fate::rest;
    bool on_order = false; ///< a command asked for this start: a failure is the answer, and no crash
    std::uint32_t generation = 0;
    start_cause cause;
    std::optional<restart_intensity> intensity; ///< its own, if it has one
    time_point since{};                         ///< when its actor was started, or the last one ended
    std::uint64_t launches = 0;                 ///< how often it got an actor
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

  // -- what is to be ----------------------------------------------------------
  // Places must be occupied.

  /// After all others, wanted.
  /// REQUIRES: its id is free.
  place add(child_recipe_ptr recipe);

  void remove(place at);

  /// It has no actor and is to have one.
  void want(place at);

  /// It has an actor (the attempt that `key_of` names now), which acknowledged already or not yet.
  void set_starting(place at, caf::actor actor);
  void set_running(place at);

  /// It has no actor, and none is to be; a temporary one is forgotten. True: it is still known.
  bool rest(place at);

  /// Its start failed, and is tried again after a while; others of its group that were still to be started, rest.
  void retry_later(place at);

  /// It is to be stopped, and then this. One without an actor is what it is to be at once.
  void condemn(place at, fate then);

  /// It is being stopped.
  void set_stopping(place at);

  /// It ended while condemned or stopping: what it is to be. True: it is still known.
  bool finish_stop(place at);

  /// By strategy, those who share its fate are stopped and started again, temporary ones forgotten.
  void condemn_group_of(place at);

  /// All are to be stopped, for ever.
  void condemn_all();

  /// All first starts are done: children of a one_for_one supervisor are independent from here on.
  void set_independent() noexcept { independent_ = how_ == one_for_one; }

  // -- the way there ----------------------------------------------------------

  std::optional<place> next_to_stop() const;
  std::optional<place> next_to_start() const;

  /// Nothing is under way, and nothing is to be done.
  bool at_rest() const noexcept { return starting_ == 0 && stopping_ == 0 && condemned_.empty() && wanted_.empty(); }

  /// A new generation for the next attempt.
  child_key renew(place at);
  child_key key_of(place at) { return {at, find(at)->generation}; }

  bool any_significant_left() const;

private:
  void set(place at, entry& x, state next);
  std::size_t* counter(state what) noexcept;

  strategy how_;
  bool independent_ = false;
  place next_place_ = 0;
  std::map<place, entry> entries_;
  std::unordered_map<std::string, place> by_id_;
  std::set<place> wanted_;
  std::set<place> condemned_;
  std::size_t starting_ = 0;
  std::size_t stopping_ = 0;
};

/// As others are shown it.
child_state seen(const static_children::entry& x) noexcept;

} // namespace bennu::engine
