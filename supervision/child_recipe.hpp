#pragma once

#include <string>

#include <caf/intrusive_ptr.hpp>
#include <caf/ref_counted.hpp>

#include <bennu/supervision/child_spec.hpp>

namespace bennu {

/// One child of a pool as one small heap object: what differs from child to child are its members, what all children of
/// the sort share is behind `policy()`. For pools of thousands; `child_spec` does for everything else.
///
/// Thread safety: used on the supervisor's thread alone once it was handed over.
class child_recipe : public caf::ref_counted {
public:
  /// The same object every time, and it outlives the recipe: usually a static of the class.
  virtual const child_policy& policy() const noexcept = 0;

  /// See `start_function`.
  virtual start_result start(caf::event_based_actor* parent, const start_cause& cause) = 0;

  /// `start` will not be called again (the child is temporary, and runs): what only a start needs can be freed.
  virtual void started_for_good() {}

  /// See `given_up_function`.
  virtual void given_up(const exit_info& /*last*/) {}

  /// For reports.
  virtual std::string id() const { return "child"; }
};

using child_recipe_ptr = caf::intrusive_ptr<child_recipe>;

/// Calls `start`; an exception becomes a failed start, and so does a start without an actor.
start_result start_guarded(child_recipe& recipe, caf::event_based_actor* parent, const start_cause& cause);

/// The same as a recipe.
child_recipe_ptr make_recipe(child_spec spec);

} // namespace bennu
