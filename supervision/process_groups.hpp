#pragma once

#include <cstddef>
#include <memory>
#include <string>
#include <vector>

#include <caf/actor.hpp>
#include <caf/error.hpp>
#include <caf/message.hpp>

#include <bennu/supervision/registry.hpp>

namespace bennu::engine {
class group_board;
} // namespace bennu::engine

namespace bennu {

/// Named groups of actors: OTP's `pg`, of which this is one scope. A group exists while it has members. An actor leaves
/// all groups when it ends.
///
///     process_groups groups;
///     groups.join("workers", self);
///     groups.send("workers", caf::make_message(refresh{}));
///
/// Alone it knows the actors of this node. That of a node in a cluster (`node::groups`) also knows those that actors of
/// connected nodes have joined. Each node decides about its own actors only, so that there are no conflicts; others
/// learn of a change a moment later, and learn the changes of one node in their order. When the session with a node
/// ends, its members leave here. When it returns, its members of then join. So nodes that can reach each other end up
/// with equal groups, and separated nodes each have a part. A node of an older release without groups has no members.
///
/// Thread safety: any thread. Copies are the same scope. Complexity: one lock; an answer is as long as its group.
/// Source: OTP's `pg`.
class process_groups {
public:
  /// @param scope the name of the scope in messages to those who monitor a group; it separates nothing else
  explicit process_groups(std::string scope = "pg");

  /// Lets an actor of this node join. It may join a group several times, and is a member as often.
  /// @returns no error, or `registry_error::not_alive`.
  /// @throws std::invalid_argument when the actor belongs to another node. In a cluster also when the name is longer
  /// than 255 bytes, is not valid UTF-8, or contains control characters.
  caf::error join(const std::string& group, const caf::actor& who) const;

  /// Undoes one `join`. @returns whether the actor was a member (pg: `not_joined`).
  bool leave(const std::string& group, const caf::actor& who) const;

  /// The members on all nodes, each as often as it has joined: those of this node in the order of their joins, then
  /// those of the other nodes. pg: `get_members`.
  std::vector<caf::actor> members(const std::string& group) const;

  /// The members on this node. pg: `get_local_members`.
  std::vector<caf::actor> local_members(const std::string& group) const;

  /// The groups that have members, sorted. pg: `which_groups`.
  std::vector<std::string> groups() const;

  /// The groups that have members on this node, sorted. pg: `which_local_groups`.
  std::vector<std::string> local_groups() const;

  /// Sends the message to every member, once per membership. A member on another node receives it like any message to
  /// an actor of that node: it is lost when the session ends. @returns how many were sent.
  size_t send(const std::string& group, const caf::message& content) const;

  /// The members now; from then on `listener` is sent `key_registered` and `key_unregistered` for each change of the
  /// group, none missed and none twice, until it ends or `demonitor` is called. `key` is the group, `registry` the
  /// scope, and there is no value. pg: `monitor`.
  std::vector<caf::actor> monitor(const std::string& group, const caf::actor& listener) const;

  /// Ends `monitor`. What was sent before may still be in the mailbox.
  void demonitor(const std::string& group, const caf::actor& listener) const;

  /// For a cluster, which exchanges the groups of nodes.
  const std::shared_ptr<engine::group_board>& board() const noexcept { return board_; }

private:
  std::shared_ptr<engine::group_board> board_;
};

} // namespace bennu
