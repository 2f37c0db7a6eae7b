#pragma once

#include <cstdint>
#include <functional>
#include <limits>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "apps/chat/store_result.hpp"

namespace chat {

struct user {
  int64_t id = 0;
  std::string name;
};

/// A user, with what a sign-in needs.
struct credentials {
  user owner;
  std::string password_hash;
};

struct room {
  std::string id;
  std::string name;
  bool is_private = false;
};

/// A room, as one user sees it.
struct room_access {
  room place;
  bool may_join = false;
};

struct message {
  int64_t id = 0;
  std::string room_id;
  user author;
  std::string body;
  int64_t sent_at_ms = 0; ///< milliseconds since 1970, UTC
};

/// A message that is not stored yet.
struct draft {
  std::string room_id;
  int64_t author_id = 0;
  std::string body;
  std::vector<std::string> mentions; ///< names without `@`, in any case
  /// How many messages this author may store per minute, including this one; 0: no limit.
  int max_in_a_minute = 0;
};

struct notification {
  int64_t id = 0;
  int64_t user_id = 0; ///< the user that is notified
  std::string room_id;
  int64_t message_id = 0;
  std::string from; ///< the name of the author
  bool read = false;
};

/// A stored message and the notifications that its mentions caused.
struct stored_message {
  message text;
  std::vector<notification> notifications;
};

/// All data that the chat stores.
///
/// Calls block until the database has answered: never make one on an io unit (see `store_pool`). When a call returns
/// a value, the data is on disk. A failed call has changed nothing. After `unavailable` the next call connects again,
/// so that a store recovers by itself.
/// Thread safety: one thread at a time. Several stores may share a database.
class store {
public:
  virtual ~store() = default;

  /// Names are unique, ignoring case. Fails with `conflict`.
  virtual result<user> add_user(std::string_view name, std::string_view password_hash) = 0;

  /// Finds a user by name, ignoring case. Fails with `not_found`.
  virtual result<credentials> find_user(std::string_view name) = 0;

  /// Adds a room. Its members are the creator and `members` (names, ignoring case).
  /// Fails with `conflict` (the id is taken) or `not_found` (`text` is the name of the unknown member).
  virtual result<room> add_room(const room& place, int64_t creator_id, const std::vector<std::string>& members) = 0;

  /// The rooms that the user may join: the lobby first, then by name.
  virtual result<std::vector<room>> rooms_of(int64_t user_id) = 0;

  /// Fails with `not_found`.
  virtual result<room_access> access(std::string_view room_id, int64_t user_id) = 0;

  /// The members of a room, by name. Members of an open room are those that its creator named.
  virtual result<std::vector<user>> members_of(std::string_view room_id) = 0;

  /// The last `limit` messages of a room before the message with the id `before`, oldest first.
  virtual result<std::vector<message>> messages_before(std::string_view room_id, int64_t before, int limit) = 0;

  /// The last `limit` messages of a room, oldest first.
  result<std::vector<message>> recent_messages(std::string_view room_id, int limit) {
    return messages_before(room_id, std::numeric_limits<int64_t>::max(), limit);
  }

  /// Stores several messages with one wait for the disk. The results have the order of the drafts. A draft fails with
  /// `not_found` when its author or room does not exist, and with `limited` when its author has written too many
  /// messages in the last minute on any node; the database counts them. Notifies each mentioned user who may join the
  /// room, except the author.
  /// @returns `unavailable`, without storing any message, when the database fails.
  virtual result<std::vector<result<stored_message>>> add_messages(const std::vector<draft>& drafts) = 0;

  /// The unread notifications of a user, newest first, at most 100.
  virtual result<std::vector<notification>> unread_notifications(int64_t user_id) = 0;

  /// Marks those of `ids` that belong to the user; ignores others.
  virtual result<done> mark_notifications_read(int64_t user_id, const std::vector<int64_t>& ids) = 0;
};

/// Creates a store for one thread.
using store_factory = std::function<std::unique_ptr<store>()>;

} // namespace chat
