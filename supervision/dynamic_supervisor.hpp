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

/// The options of a dynamic supervisor.
struct dynamic_supervisor_options {
  /// Its name in reports, and its id in a tree.
  std::string name = "dynamic_supervisor";

  /// Where it runs; null: where CAF's scheduler chooses.
  caf::execution_unit* unit = nullptr;

  /// The default of Elixir. Children whose policy has its own limit do not count here.
  restart_limit intensity{3, std::chrono::seconds{5}};

  /// A start above it is refused with `supervisor_error::max_children`.
  size_t max_children = std::numeric_limits<size_t>::max();

  /// Whether it ends when significant children have ended by themselves. The default is OTP's.
  auto_shutdown when = auto_shutdown::never;

  /// Passed to each start of each child as `start_cause::extra`.
  caf::message extra_arguments{};

  /// Called with the supervisor's handle at every start and restart, before its own supervisor goes on, so that others
  /// can find it. Must not throw.
  std::function<void(const caf::actor&)> announce = nullptr;
};

/// A dynamic supervisor as a child of a tree: permanent, a supervisor, stopped without a time limit. Source: Elixir's
/// DynamicSupervisor.
///
/// It starts children on demand, in no order, and restarts each one alone. When it stops, it stops all children in
/// parallel, with one deadline per distinct shutdown time. A child that has not ended one second after its kill is
/// left behind and reported, because C++ cannot kill a running handler.
///
/// When the intensity is exceeded it ends with `shutdown: reached_max_restart_intensity`, and its own supervisor
/// decides. It accepts the commands of supervisor_commands.hpp, of which `start_child` starts a child.
/// @throws std::invalid_argument when `check(options)` reports a fault; the next function throws likewise.
child_spec dynamic_supervisor(dynamic_supervisor_options options = {});

/// Checks the options. @returns no error when they are valid, otherwise one whose text says what is allowed.
caf::error check(const dynamic_supervisor_options& options);

/// The same without a tree. The caller keeps the handle and ends it with `signal_exit(handle, exits::shutdown())`.
caf::actor spawn_dynamic_supervisor(caf::actor_system& system, dynamic_supervisor_options options = {});

} // namespace bennu
