#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include <caf/actor.hpp>
#include <caf/error.hpp>
#include <caf/message.hpp>

#include <bennu/supervision/registry.hpp>

namespace bennu {

/// Named groups of actors on this node: OTP's `pg`, of which this is one scope. A group exists while it has members; an
/// actor leaves all groups when it ends.
///
///     process_groups groups;
///     groups.join("workers", self);
///     groups.send("workers", caf::make_message(refresh{}));
///
/// Thread safety: any thread. Copies are the same scope. The costs are those of a `registry`.
class process_groups {
public:
  explicit process_groups(std::string scope = "pg");

  /// An actor may join a group several times, and is a member as often. @returns no error, or
  /// `registry_error::not_alive`.
  caf::error join(const std::string& group, const caf::actor& who) const;

  /// Takes back one `join`. @returns whether the actor was a member (pg: `not_joined`).
  bool leave(const std::string& group, const caf::actor& who) const;

  /// The members in the order of their joins, each as often as it has joined. pg: `get_local_members`.
  std::vector<caf::actor> members(const std::string& group) const;

  /// The groups that have members, in no order. pg: `which_local_groups`.
  std::vector<std::string> groups() const;

  /// Sends the message to every member, once per membership. @returns how many were sent.
  size_t send(const std::string& group, const caf::message& content) const;

  /// The members now; from then on `listener` is sent `key_registered` and `key_unregistered` for each change of the
  /// group, none missed and none twice, until it ends or `demonitor` is called. `key` is the group, `registry` the
  /// scope. pg: `monitor`.
  std::vector<caf::actor> monitor(const std::string& group, const caf::actor& listener) const;

  /// Ends `monitor`. What was sent before may still be in the mailbox.
  void demonitor(const std::string& group, const caf::actor& listener) const;

private:
  registry table_;
};

} // namespace bennu
