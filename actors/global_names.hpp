#pragma once

#include <memory>
#include <string>
#include <vector>

#include <caf/actor.hpp>
#include <caf/allowed_unsafe_message_type.hpp>
#include <caf/error.hpp>
#include <caf/fwd.hpp>

#include <bennu/actors/checked_text.hpp>

namespace bennu::engine {
class cluster_link;
} // namespace bennu::engine

namespace bennu {

/// What a name of the whole cluster must be. 255 bytes: as long as the name of a file.
inline constexpr text_rule global_name_rule{.name = "a name of the whole cluster", .max_bytes = 255};

/// To an actor that was registered with `when_name_is_lost::notify`: another node's actor has the name now.
struct global_name_conflict {
  std::string name;
  caf::actor winner;
};

/// What happens to an actor whose name turns out to be another's: each was registered while its node did not know of the other.
enum class when_name_is_lost {
  kill,  ///< it is killed: nobody goes on in the belief that it is the only one. Its supervisor decides what follows
  notify ///< it is sent `global_name_conflict`
};

/// Names that the whole cluster knows: OTP's `global`. Every name begins with `global:`.
///
///     home.names().add("global:leader", self);
///     home.names().find("global:leader");      // on any node: a handle to ask, to send to, to monitor
///
/// A name is registered at once on its own node and a moment later on all that are connected; there is no lock over the cluster. So two nodes can
/// take a name at the same time, or while they cannot hear each other. As soon as one hears of the other the actor that was registered first
/// keeps the name, by the clocks of their nodes (of equal times that of the node whose name comes first), and the other loses it.
///
/// An entry vanishes with its actor, and with the session to its node. Whoever monitors an actor of another node gets its DOWN, with
/// its own reason, or, when the connection to the node is lost, with one that `classify` calls `noconnection`. A request to an actor whose node
/// is lost is not answered with an error: give each a finite timeout.
///
/// Thread safety: any thread; lookups ask nobody.
class global_names {
public:
  static constexpr std::string_view prefix = "global:";

  /// @param node this node's name
  global_names(caf::actor_system& system, std::string node);
  ~global_names();
  global_names(const global_names&) = delete;
  global_names& operator=(const global_names&) = delete;

  /// From now on names go over this link. REQUIRES: it outlives this; its sessions have not begun.
  void join(engine::cluster_link& link);

  /// Registers an actor of this node. @returns no error; `registry_error::already_registered` when an actor that is known has the name,
  /// itself included; `registry_error::not_alive` when it has ended.
  /// @throws std::invalid_argument when the name does not begin with `global:` or breaks `global_name_rule`, or the actor lives on
  ///         another node
  caf::error add(const std::string& name, const caf::actor& who, when_name_is_lost then = when_name_is_lost::kill);

  /// @returns whether it stood there.
  bool remove(const std::string& name, const caf::actor& who);

  /// Who has the name, on whichever node; null when nobody has.
  caf::actor find(const std::string& name) const;

  /// All names that are known, in order.
  std::vector<std::string> names() const;

private:
  class board;
  std::shared_ptr<board> board_;
};

} // namespace bennu

CAF_ALLOW_UNSAFE_MESSAGE_TYPE(bennu::global_name_conflict)
