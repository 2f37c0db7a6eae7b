#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include <caf/actor.hpp>
#include <caf/actor_clock.hpp>
#include <caf/message.hpp>

#include <bennu/supervision/child_recipe.hpp>
#include <bennu/supervision/child_spec.hpp>
#include <bennu/supervision/strategy.hpp>

namespace bennu {

// The commands that a supervisor accepts, and its answers: OTP's `supervisor` API as messages. Each is sent with
// `request`:
//
//     self->request(tree.root(), caf::infinite, which_children_command{})
//       .then([](std::vector<child_info>& children) { ... }, [](caf::error& why) { ... });
//
// Refusals are `supervisor_error`s, and an invalid spec is `sec::invalid_argument` with what is allowed as its text.
// Questions are answered at once, also while children start or stop. A command that has to wait for a child (its start,
// its end) is answered when that is done, and the supervisor serves others meanwhile. A static supervisor that is still
// starting its first children handles changes after that.

/// What a child is doing. `undefined` is OTP's word: its spec is kept, it has no actor, and none is on its way.
enum class child_state : uint8_t {
  undefined,  ///< it has no actor, and will get one by a command alone
  starting,   ///< its first start is due or in progress; `actor` is null until it exists
  running,    ///< its start succeeded
  restarting, ///< it will be started again, perhaps for the nth time; `actor` is null
  stopping,   ///< it was told to stop, or will be
};

/// The name of the enumerator.
std::string to_string(child_state what);

/// One child, seen from its supervisor.
struct child_info {
  std::string id;                             ///< as in its spec
  caf::actor actor;                           ///< null when there is none
  child_state state = child_state::undefined; ///< what it is doing
  child_type type = child_type::worker;       ///< a worker or a supervisor
  restart restart_type = restart::permanent;  ///< when it is started again
  caf::actor_clock::time_point since{};       ///< when `actor` was started, or the last one ended
  uint64_t restarts = 0;                      ///< how often it was started again since its first start
  size_t restarts_left = 0;                   ///< how many more its supervisor, or its own limit, would tolerate now
  std::string last_crash; ///< `to_string` of the end that its last restart followed; empty before it
};

/// The children of a supervisor in numbers. OTP: the answer of `count_children`.
struct child_counts {
  size_t specs = 0;       ///< children known, running or not
  size_t active = 0;      ///< children with an actor
  size_t supervisors = 0; ///< of those known
  size_t workers = 0;     ///< of those known

  friend bool operator==(const child_counts&, const child_counts&) = default;
};

/// Which children are there? Answers `std::vector<child_info>`, newest first (a static supervisor), in no order (a
/// dynamic one).
struct which_children_command {};

/// How many are there? Answers `child_counts`.
struct count_children_command {};

/// Start this child. A static supervisor puts it after its other children and keeps its spec, whatever the child does,
/// unless it is temporary. Answers `child_started`, or the error of a start that failed: then the spec is not kept.
///
/// Refusals: `already_started` (with the actor: see `actor_of`), `already_present`, `max_children`, `shutting_down`.
struct start_child_command {
  child_recipe_ptr recipe; ///< how to start it; `make_recipe` makes one of a `child_spec`
};

/// The answer to a start that succeeded, or was ignored.
struct child_started {
  caf::actor actor;  ///< null: the start was ignored
  caf::message info; ///< what the start function, or the acknowledgement, added; usually empty
};

/// A child by its id (static supervisors) or by its actor (dynamic ones).
using child_ref = std::variant<std::string, caf::actor>;

/// Stop this child. Answers nothing (an empty message) once it ended. A static supervisor keeps its spec (see
/// `restart_child_command`), unless it is temporary; a dynamic one forgets it.
///
/// Refusals: `not_found`; `dynamic_children` when a dynamic supervisor is given an id.
struct terminate_child_command {
  child_ref whom; ///< which child
};

/// Start this child, which is `undefined`. Answers `child_started`, or the error of a start that failed: it stays
/// `undefined`.
///
/// Refusals: `running`, `restarting`, `not_found`, `shutting_down`; `dynamic_children`.
struct restart_child_command {
  std::string id; ///< its id in the spec
};

/// Forget the spec of this child, which is `undefined`. Answers nothing (an empty message).
///
/// Refusals: as `restart_child_command`.
struct delete_child_command {
  std::string id; ///< its id in the spec
};

/// What is the spec of this child? Answers `child_summary`, or `not_found`.
struct get_childspec_command {
  child_ref whom; ///< which child
};

/// What can be seen of a child's spec, with all defaults filled in.
struct child_summary {
  std::string id;                                         ///< as in its spec
  restart restart_type = restart::permanent;              ///< when it is started again
  child_type type = child_type::worker;                   ///< a worker or a supervisor
  shutdown_policy shutdown = shutdown_policy::infinity(); ///< how it is told to stop
  bool is_significant = false;        ///< whether its end counts for the supervisor's `auto_shutdown`
  std::optional<restart_limit> limit; ///< its own limit of restarts; unset: it counts into the supervisor's
};

/// What `get_childspec_command` answers for this recipe.
child_summary summary_of(const child_recipe& recipe);

/// How is this supervisor set up? Answers `supervisor_info`.
struct get_supervisor_command {};

/// How a supervisor is set up, and how much it still tolerates.
struct supervisor_info {
  std::string name;                          ///< its name in reports
  bool is_dynamic = false;                   ///< children come and go; `how` is `one_for_one` then
  strategy how = one_for_one;                ///< which children restart when one ends
  auto_shutdown when = auto_shutdown::never; ///< what the ends of significant children mean for it
  restart_limit intensity;                   ///< how many restarts it tolerates
  size_t restarts_left = 0;                  ///< how many more it would tolerate now
};

/// Sends a `start_child_command` without waiting for its answer. When the start fails or is refused, the child's
/// `given_up` is called. Thread safety: any thread may call it.
void start_child(const caf::actor& supervisor, child_recipe_ptr recipe);

/// The same for a spec.
/// @throws std::invalid_argument when `check(spec)` returns an error.
void start_child(const caf::actor& supervisor, child_spec spec);

} // namespace bennu

CAF_ALLOW_UNSAFE_MESSAGE_TYPE(bennu::child_info)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(std::vector<bennu::child_info>)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(bennu::child_counts)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(bennu::which_children_command)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(bennu::count_children_command)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(bennu::start_child_command)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(bennu::child_started)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(bennu::terminate_child_command)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(bennu::restart_child_command)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(bennu::delete_child_command)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(bennu::get_childspec_command)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(bennu::child_summary)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(bennu::get_supervisor_command)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(bennu::supervisor_info)
