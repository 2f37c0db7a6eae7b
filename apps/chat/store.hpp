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
  std::string client_id;  ///< see `draft`
};

/// A message that is not stored yet.
struct draft {
  std::string room_id;
  int64_t author_id = 0;
  std::string body;
  std::vector<std::string> mentions; ///< names without `@`, in any case
  int max_in_a_minute = 0;           ///< messages of this author, this one among them; 0: no limit

  /// What the author's client calls the message; empty: nothing. The same draft with the same id is stored once,
  /// however often it is sent.
  std::string client_id = {};
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
  bool repeated = false; ///< it had been stored before: everybody was told
};

/// How many rooms there may be.
struct room_limits {
  int64_t of_one_user = 100; ///< that one user makes: more than anybody looks after
  int64_t in_all = 10'000;   ///< a hundred pages of the list; at 10 µs each a list is still sorted within 0.1 s
};

/// What of a room one user has not seen.
struct unread_room {
  std::string id;
  int64_t count = 0;   ///< 100 stands for more
  int64_t last_id = 0; ///< of the last message that was counted
};

/// The id of the last message that a user has seen in a room.
struct seen_room {
  std::string id;
  int64_t last_seen = 0;
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

  /// Adds a room; its members are the creator and `members` (names, without case). Fails with `conflict` (id taken),
  /// `not_found` (`text` is the name of the unknown member) or `limited` (`text` says which limit).
  virtual result<room> add_room(const room& place, int64_t creator_id, const std::vector<std::string>& members,
                                room_limits most = {}) = 0;

  /// The rooms that the user may join: the lobby, then those of which the user is a member, then the others, by name.
  /// At most `limit`, those behind the room `after`; an empty `after` is the beginning.
  virtual result<std::vector<room>> rooms_of(int64_t user_id, std::string_view after = {}, int limit = 100) = 0;

  /// Of these rooms, those that the user may join, with how many messages of others came after the last that the user
  /// has seen.
  virtual result<std::vector<unread_room>> unread_in(int64_t user_id, const std::vector<seen_room>& rooms) = 0;

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

  /// Stores several messages at once: one wait for the disk for all of them. The results are in the order of the
  /// drafts; one fails with `not_found` when its author or room does not exist, with `limited` when its author has
  /// written too much in the last minute, on whatever node: the database counts for all of them, with `conflict` when
  /// another message has its client id. Notifies each mentioned user who may join the room, but not the author.
  /// @returns `unavailable`, and none is stored, when the database fails.
  virtual result<std::vector<result<stored_message>>> add_messages(const std::vector<draft>& drafts) = 0;

  /// The unread notifications of a user, newest first, at most 100.
  virtual result<std::vector<notification>> unread_notifications(int64_t user_id) = 0;

  /// Marks those of `ids` that belong to the user; ignores others.
  virtual result<done> mark_notifications_read(int64_t user_id, const std::vector<int64_t>& ids) = 0;

  /// Writes something that says nothing: whether the database would store a message now.
  virtual result<done> check() = 0;
};

/// Creates a store for one thread.
using store_factory = std::function<std::unique_ptr<store>()>;

} // namespace chat
