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

/// The rule for a name of the whole cluster. 255 bytes: as long as the name of a file may be.
inline constexpr text_rule global_name_rule{.name = "a name of the whole cluster", .max_bytes = 255};

/// A message to an actor that was registered with `when_name_is_lost::notify`: an actor of another node has the name
/// now.
struct global_name_conflict {
  std::string name;  ///< the name that was lost
  caf::actor winner; ///< who has it now, on another node
};

/// What happens to an actor that loses its name, because another node had registered the same name while the nodes
/// did not know of each other.
enum class when_name_is_lost {
  kill,  ///< the actor is killed, so that there are never two; its supervisor decides what follows
  notify ///< the actor receives `global_name_conflict`
};

/// Names that all nodes of a cluster know. Every name begins with `global:`.
///
///     home.names().add("global:leader", self);
///     home.names().find("global:leader");      // on any node: a handle for requests, messages and monitors
///
/// A name is registered immediately on its own node, and a moment later on all connected nodes. There is no lock over
/// the cluster. So two nodes can register the same name at the same time, or while they are separated. As soon as
/// they learn of each other, the actor that was registered first keeps the name, by the clocks of the nodes (with
/// equal times, that of the node whose name sorts first). The other actor loses it.
///
/// An entry disappears when its actor ends, and when the session with its node ends. An actor that monitors an actor
/// of another node receives its down message, with its own reason or, when the connection is lost, with one that
/// `classify` calls `noconnection`. A request to an actor of a lost node gets no error: give every request a finite
/// timeout.
///
/// Thread safety: any thread may call it; lookups are local.
/// Source: OTP's `global`.
class global_names {
public:
  static constexpr std::string_view prefix = "global:"; ///< the beginning of each name

  /// @param node the name of this node
  global_names(caf::actor_system& system, std::string node);
  ~global_names();
  global_names(const global_names&) = delete;
  global_names& operator=(const global_names&) = delete;

  /// Exchanges names over this link. REQUIRES: the link outlives this object; its sessions have not begun.
  void join(engine::cluster_link& link);

  /// Registers an actor of this node.
  /// @returns no error; `registry_error::already_registered` when a known actor has the name, also when it is the
  /// same actor; `registry_error::not_alive` when the actor has ended.
  /// @throws std::invalid_argument when the name does not begin with `global:` or breaks `global_name_rule`, or when
  /// the actor belongs to another node.
  caf::error add(const std::string& name, const caf::actor& who, when_name_is_lost then = when_name_is_lost::kill);

  /// Unregisters an actor.
  /// @returns whether it had the name.
  bool remove(const std::string& name, const caf::actor& who);

  /// @returns the actor that has the name, on any node, or null.
  caf::actor find(const std::string& name) const;

  /// All known names, sorted.
  std::vector<std::string> names() const;

private:
  class board;
  std::shared_ptr<board> board_;
};

} // namespace bennu

CAF_ALLOW_UNSAFE_MESSAGE_TYPE(bennu::global_name_conflict)
