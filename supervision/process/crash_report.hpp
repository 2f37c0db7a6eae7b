#pragma once

#include <cstdint>
#include <exception>
#include <string>
#include <typeinfo>

#include <caf/abstract_actor.hpp>
#include <caf/actor.hpp>
#include <caf/actor_addr.hpp>
#include <caf/actor_cast.hpp>
#include <caf/fwd.hpp>

namespace bennu::engine {

/// A readable name of a class, without its namespaces: `room_channel`.
std::string type_label(const std::type_info& type);

/// The whole name: `shop::room_channel`.
std::string type_name(const std::type_info& type);

/// What an exception says, for reports and exit reasons. Within a `catch (...)` it is the exception that was caught.
inline std::string exception_text(const std::exception_ptr& thrown = std::current_exception()) {
  try {
    std::rethrow_exception(thrown);
  } catch (const std::exception& x) {
    return x.what();
  } catch (...) {
    return "an exception that is not a std::exception";
  }
}

/// Whether an actor has not ended yet; one that its supervisor left behind counts as ended. Any thread may call it.
/// True may be outdated when it returns; false stays false.
bool is_alive(const caf::actor& x) noexcept;

/// The actor at this address; null when it has ended.
inline caf::actor live_actor(const caf::actor_addr& x) noexcept {
  auto result = caf::actor_cast<caf::actor>(x);
  return is_alive(result) ? result : caf::actor{};
}

} // namespace bennu::engine

namespace bennu {
class process;
} // namespace bennu

namespace bennu::engine {

/// The types in a message, in a readable form: `(join_msg, string)`.
std::string type_names(const caf::type_erased_tuple& message);

/// The bytes that a message would take on its way to another node; -1 when it cannot go there.
int64_t size_of(caf::actor_system& system, const caf::type_erased_tuple& message) noexcept;

/// Gives the stack of this thread's last throw as text, frames separated by ` < `; empty when it is not known.
using throw_trace = std::string (*)();

/// Sets the function that adds a trace to reports of crashes; null: no trace. C++ does not keep the place of a throw,
/// so that it must be recorded when it happens (`application` does so in dev mode).
void set_throw_trace(throw_trace f) noexcept;

/// Emits `process.crashed`: `label`, `text`, `message` (what `process::last_message` says of the message whose handler
/// threw), `trace` (of the throw; empty unless traces are recorded); measurements `actor`, `depth`, `bytes` (of the
/// message; -1: not known). A supervisor repeats it all in its own report of the end (`supervisor.child_terminated`),
/// with the restarts that are left.
void report_crash(process& self, const std::string& text);

/// Emits `process.unexpected`: `label` and `message`; measurement `actor`.
void report_unexpected(process& self, const caf::type_erased_tuple& message);

} // namespace bennu::engine
