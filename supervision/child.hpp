#pragma once

#include <string>
#include <tuple>
#include <type_traits>
#include <utility>

#include <caf/event_based_actor.hpp>

#include <bennu/supervision/child_spec.hpp>

namespace bennu {

/// A child that is one actor of class `Actor`, in one expression: Elixir's `{Actor, args}` in a list of children.
///
///     supervisor_spec{one_for_one}
///       .add(child<counter>("counter", 3, "file"))
///       .add(child<clock>("clock").restart_as(restart::transient))
///
/// Every start, the first and each restart, spawns a new actor with copies of `args`; `std::ref(x)` passes a reference
/// to what outlives the tree. An exception of the constructor is a failed start. A class that acknowledges its start by
/// itself (`gen_server`) is `pending` until then, every other is ready at once. Options of `spawn` go behind the class:
/// `child<counter, caf::detached>("counter")`.
template <class Actor, caf::spawn_options Options = caf::no_spawn_options, class... Args>
child_spec child(std::string id, Args&&... args) {
  auto start = [held = std::tuple<std::decay_t<Args>...>(std::forward<Args>(args)...)](
                 caf::event_based_actor* parent, const start_cause&) -> start_result {
    auto spawn = [parent](const auto&... xs) { return caf::actor{parent->spawn<Actor, Options>(xs...)}; };
    auto actor = std::apply(spawn, held);
    if constexpr (requires { typename Actor::acknowledges_start; })
      return start_result::pending(std::move(actor));
    else
      return actor;
  };
  return child_spec{std::move(id), std::move(start)};
}

} // namespace bennu
