#pragma once

#include <cstddef>
#include <functional>
#include <limits>
#include <string>

#include <caf/actor.hpp>
#include <caf/fwd.hpp>

#include <bennu/supervision/child_recipe.hpp>
#include <bennu/supervision/child_spec.hpp>
#include <bennu/supervision/strategy.hpp>
#include <bennu/supervision/supervisor_commands.hpp>

namespace bennu {

/// How a pool is run.
struct dynamic_supervisor_options {
  /// For reports, and its id in a tree.
  std::string name = "dynamic_supervisor";

  /// Where it runs; null: wherever CAF's scheduler likes.
  caf::execution_unit* unit = nullptr;

  /// Elixir's default. Children whose policy has a limit of its own do not count here.
  restart_limit intensity{3, std::chrono::seconds{5}};

  /// A start beyond it is refused with `supervisor_error::max_children`.
  std::size_t max_children = std::numeric_limits<std::size_t>::max();

  /// Whether it ends when significant children ended by themselves. OTP's default.
  auto_shutdown when = auto_shutdown::never;

  /// Given to each start of each child, as `start_cause::extra`.
  caf::message extra_arguments{};

  /// Called on every (re)start with the supervisor's handle, so that others find it. Must not throw.
  std::function<void(const caf::actor&)> announce = nullptr;
};

/// Elixir's DynamicSupervisor as a child of a tree: permanent, a supervisor, stopped without a time limit.
///
/// It starts children on demand, in no order, and restarts each alone. On its own way out it stops all children in parallel,
/// with one deadline per distinct shutdown time. A child that does not end within one second of its kill is
/// left behind as a zombie and reported: C++ cannot kill a running handler.
///
/// Past its intensity it ends with `shutdown: reached_max_restart_intensity`, and its own supervisor decides.
/// @throws std::invalid_argument when `check(options)` finds fault; so does the next.
child_spec dynamic_supervisor(dynamic_supervisor_options options = {});

/// What is wrong with the options, as a text that says what is allowed.
caf::error check(const dynamic_supervisor_options& options);

/// The same without a tree. The caller keeps the handle, and ends it with `signal_exit(handle, exits::shutdown())`.
caf::actor spawn_dynamic_supervisor(caf::actor_system& system, dynamic_supervisor_options options = {});

} // namespace bennu
