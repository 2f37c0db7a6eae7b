#pragma once

#include <caf/actor.hpp>
#include <caf/actor_addr.hpp>
#include <caf/fwd.hpp>

namespace bennu::engine {

/// What a supervisor is besides: its children may acknowledge their starts to it.
class supervises {
public:
  virtual ~supervises() = default;
};

/// Who started a supervisor, and may therefore stop it. A supervisor obeys its parent's exit signals and no others, as in OTP: the
/// end of a child comes by its monitor, whether or not the child is linked, and a stranger has no say.
///
/// A root has no parent among the actors. It obeys signals that come from no actor: `signal_exit(root, reason)` and
/// `caf::anon_send_exit(root, reason)`, which the holder of its handle sends.
class parent_link {
public:
  /// The parent is the actor that spawns.
  explicit parent_link(const caf::actor_config& cfg);

  /// Whether this signal, which arrived at `self`, comes from the parent.
  bool sent(const caf::exit_msg& x, const caf::actor_addr& self) const noexcept;

  /// Tells the parent, if there is one, that the start is done. The handle is let go then.
  void acknowledge(caf::event_based_actor* self);

private:
  caf::actor_addr address_;
  caf::actor handle_;
};

} // namespace bennu::engine
