#pragma once

#include <utility>

#include <caf/actor.hpp>
#include <caf/actor_addr.hpp>
#include <caf/fwd.hpp>
#include <caf/system_messages.hpp>

namespace bennu {
class process;
} // namespace bennu

namespace bennu::engine {

/// The actor that spawns; none for a root.
caf::actor_addr parent_of(const caf::actor_config& cfg);

/// Whether a signal that arrived at `self` comes from its parent.
bool is_sent_by(const caf::actor_addr& parent, const caf::exit_msg& x, const caf::actor_addr& self) noexcept;

/// Emits `process.exit_ignored`: `label`, `from` (the sender's number; 0: none), `kind`, `text`.
void report_exit_ignored(const process& self, const caf::exit_msg& x);

/// Makes `self` trap exit signals and obey those of its parent alone, as a `gen_server` of OTP that traps exits: `obey`
/// gets them. The parent is the actor that spawned `self`. A signal of anybody else, linked or not, is dropped and
/// reported. So the end of a supervisor's child comes by its monitor alone. To be called in the constructor of `self`.
///
/// A root has no parent among the actors. It obeys signals that come from no actor: `signal_exit(root, reason)` and
/// `caf::anon_send_exit(root, reason)`, which the holder of its handle sends.
template <class Self, class F>
void obey_parent_alone(Self& self, const caf::actor_config& cfg, F obey) {
  self.set_exit_handler([&self, parent = parent_of(cfg), obey = std::move(obey)](caf::exit_msg& x) {
    if (is_sent_by(parent, x, self.address()))
      obey(std::move(x.reason));
    else
      report_exit_ignored(self, x);
  });
}

/// The parent of a supervisor, until it is told that the start is done.
class parent_link {
public:
  /// The parent is the actor that spawns.
  explicit parent_link(const caf::actor_config& cfg);

  /// Tells the parent, if there is one, that the start is done, and releases its handle.
  void acknowledge(caf::event_based_actor* self);

private:
  caf::actor handle_;
};

} // namespace bennu::engine
