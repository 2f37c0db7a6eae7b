#pragma once

#include <cstdint>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "apps/chat/store.hpp"
#include <bennu/actors/broadcast.hpp>
#include <bennu/actors/channel_options.hpp>

namespace chat {

/// Which messages of lost nodes have to be announced, and whether this node does it: what `last_words` decides.
///
/// Times are those of the wall clock, in milliseconds. Clocks of nodes differ by less than a minute. A plain value.
/// Thread safety: none.
class last_words_plan {
public:
  /// @param own the name of this node
  /// @param others the nodes that are connected now
  /// @param kept the history of each room
  last_words_plan(std::string own, const std::vector<std::string>& others, const bennu::history& kept)
    : own_(std::move(own)), others_(others.begin(), others.end()), kept_(kept) {}

  void met(const std::string& node) { others_.insert(node); }

  /// A node is lost. What it stored in the last 30 s may not be announced: it takes less to notice that it is gone.
  void lost(const std::string& node, int64_t now);

  /// Another node may have been lost while nobody looked.
  void looked_away(int64_t now);

  /// From when on the messages of the database have to be compared with the histories; nothing when there is no reason
  /// to, or the first of the nodes by name does it. However long the database was away, it is not longer ago than the
  /// histories reach: what they no longer have would be announced again.
  std::optional<int64_t> from(int64_t now) const;

  /// The database is asked for what `from` says. What is lost while it answers is asked for next.
  void asked();

  /// What was asked for is announced.
  void done() { asked_.reset(); }

  /// Those messages of a room, oldest first, that its history does not have. What a full history may have dropped does
  /// not count.
  std::vector<message> missing(const std::vector<message>& stored, const std::vector<bennu::broadcast_ptr>& told) const;

private:
  bool is_full(const std::vector<bennu::broadcast_ptr>& told) const;

  std::string own_;
  std::set<std::string> others_;
  bennu::history kept_;
  std::optional<int64_t> since_; ///< nothing: everything is announced, or asked for
  std::optional<int64_t> asked_; ///< what is asked for and not announced yet
};

} // namespace chat
