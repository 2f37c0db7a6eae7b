#pragma once

#include <string>

#include <caf/intrusive_ptr.hpp>
#include <caf/ref_counted.hpp>

#include <bennu/supervision/child_spec.hpp>

namespace bennu {

/// One child of a pool as one small heap object: its members are what differs from child to child; `policy()` is what
/// all children of the kind share. For pools of thousands of children; otherwise use `child_spec`.
///
/// Thread safety: after it was passed to the supervisor, only the thread of the supervisor uses it.
class child_recipe : public caf::ref_counted {
public:
  /// The same object every time, which outlives the recipe: usually a static member of the class.
  virtual const child_policy& policy() const noexcept = 0;

  /// See `start_function`.
  virtual start_result start(caf::event_based_actor* parent, const start_cause& cause) = 0;

  /// `start` will not be called again, because the child is temporary and runs. The recipe can free what only a start
  /// needs.
  virtual void started_for_good() {}

  /// See `given_up_function`.
  virtual void given_up(const exit_info& /*last*/) {}

  /// Its name in reports.
  virtual std::string id() const { return "child"; }
};

/// How supervisors share a recipe.
using child_recipe_ptr = caf::intrusive_ptr<child_recipe>;

/// Calls `start`. An exception, and a result without an actor, become a failed start.
start_result start_guarded(child_recipe& recipe, caf::event_based_actor* parent, const start_cause& cause);

/// The child spec as a recipe.
child_recipe_ptr make_recipe(child_spec spec);

} // namespace bennu
