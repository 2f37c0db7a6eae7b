#pragma once

#include <cstdint>
#include <functional>
#include <limits>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include <bennu/actors/channel.hpp>
#include <bennu/actors/payload.hpp>
#include <bennu/actors/pubsub.hpp>

namespace chat {

/// The reason why a call to the store failed. The store returns it and never throws.
struct store_failure {
  enum class kind : uint8_t {
    conflict,    ///< the name or id is taken
    not_found,   ///< no such user, room or member; `text` names it
    limited,     ///< a limit is reached: messages of a minute, rooms of a user, rooms in all
    unavailable, ///< the database is away, locked, full or read-only; the next call tries again
  };

  kind why;
  std::string text; ///< for logs; shown to a client only where it names what the client sent, or which limit was met

  /// With `unavailable`: the change may have been made, or may still be made.
  bool uncertain = false;
};

/// The result of a call to the store: a value, or the reason why there is none.
template <class T>
class result {
public:
  using value_type = T;

  result(T value) : content_(std::move(value)) {}                 // NOLINT(google-explicit-constructor)
  result(store_failure failure) : content_(std::move(failure)) {} // NOLINT(google-explicit-constructor)

  bool ok() const noexcept { return content_.index() == 0; }
  explicit operator bool() const noexcept { return ok(); }

  /// REQUIRES: `ok()`.
  T& operator*() noexcept { return *std::get_if<0>(&content_); }
  const T& operator*() const noexcept { return *std::get_if<0>(&content_); }
  T* operator->() noexcept { return std::get_if<0>(&content_); }
  const T* operator->() const noexcept { return std::get_if<0>(&content_); }

  /// REQUIRES: `!ok()`.
  const store_failure& failure() const noexcept { return *std::get_if<1>(&content_); }

  bool is(store_failure::kind x) const noexcept { return !ok() && failure().why == x; }

private:
  std::variant<T, store_failure> content_;
};

/// The value of a call that succeeded and returns nothing else.
struct done {};

inline store_failure conflict(std::string text) {
  return {store_failure::kind::conflict, std::move(text), false};
}

inline store_failure not_found(std::string text) {
  return {store_failure::kind::not_found, std::move(text), false};
}

inline store_failure limited(std::string text) {
  return {store_failure::kind::limited, std::move(text), false};
}

inline store_failure unavailable(std::string text, bool uncertain = false) {
  return {store_failure::kind::unavailable, std::move(text), uncertain};
}

struct user {
  int64_t id = 0;
  std::string name;
};

/// A user, with the hash that a sign-in needs.
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

  /// The id that the author's client chose for the message, or empty. A draft that is sent again with the same id is
  /// stored once.
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
  bool repeated = false; ///< an earlier call has stored it and announced it
};

/// Limits on the number of rooms.
struct room_limits {
  int64_t of_one_user = 100; ///< rooms that one user may make: more than anybody looks after
  int64_t in_all = 10'000;   ///< rooms altogether: at 10 µs each, the list is sorted within 0.1 s
};

/// How many messages of a room a user has not seen.
struct unread_room {
  std::string id;
  int64_t count = 0;   ///< 100 stands for more
  int64_t last_id = 0; ///< the id of the last counted message
};

/// The id of the last message that a user has seen in a room.
struct seen_room {
  std::string id;
  int64_t last_seen = 0;
};

/// All data that the chat stores.
///
/// Calls block until the database has answered: never make one on an io unit (see `store_pool`). When a call returns a
/// value, the data is on disk. A failed call has changed nothing, unless its failure is `uncertain`. After
/// `unavailable` the next call connects again, so that a store recovers by itself.
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
  /// Returns at most `limit` rooms, those that follow the room `after`; with an empty `after` it begins with the first.
  virtual result<std::vector<room>> rooms_of(int64_t user_id, std::string_view after = {}, int limit = 100) = 0;

  /// Returns those of `rooms` that the user may join, each with the number of messages that others wrote after the last
  /// one that the user has seen.
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

  /// Those of the last `limit` messages of all rooms that were sent between two times, oldest first.
  virtual result<std::vector<message>> latest_messages(int64_t since_ms, int64_t until_ms, int limit) = 0;

  /// Stores several messages in one transaction, so that they wait for the disk together. The results have the order of
  /// the drafts. A draft fails with `not_found` when its author or room does not exist, with `limited` when its author
  /// has written too much in the last minute (the database counts, so that the limit holds for all nodes together), and
  /// with `conflict` when its client id belongs to another message. Notifies each mentioned user who may join the room,
  /// but not the author.
  /// @returns `unavailable` when the database fails: none is stored, or, when the failure is `uncertain`, all or none.
  virtual result<std::vector<result<stored_message>>> add_messages(const std::vector<draft>& drafts) = 0;

  /// The unread notifications of a user, newest first, at most 100.
  virtual result<std::vector<notification>> unread_notifications(int64_t user_id) = 0;

  /// Marks those of `ids` that belong to the user; ignores others.
  virtual result<done> mark_notifications_read(int64_t user_id, const std::vector<int64_t>& ids) = 0;

  /// Tells, by a write that changes no data of users, whether the database would store a message now.
  virtual result<done> check() = 0;
};

/// Creates a store for one thread.
using store_factory = std::function<std::unique_ptr<store>()>;

/// The topic of short notices (`room_message`) about the messages of a room, for users who have the room in their list
/// but not open. No client may join it; `user_channel` subscribes for its client.
std::string activity_topic(const std::string& room_id);

/// Announces a stored message: `new_message` to its room, `notification` to each user whom it mentions, `room_message`
/// to the users who watch the room.
///
/// The channel of the author sends them, so that the author receives the message before the reply. If that channel
/// has ended (the window was closed, the channel crashed), the destructor of the last reference sends them, so that
/// others see every stored message.
class announcement {
public:
  announcement(bennu::pubsub& topics, const stored_message& what);
  ~announcement();
  announcement(const announcement&) = delete;
  announcement& operator=(const announcement&) = delete;

  void tell(const bennu::channel& by);

private:
  bennu::pubsub& topics_;
  std::string room_topic_;
  bennu::payload message_;
  std::vector<std::pair<std::string, bennu::payload>> notifications_; ///< topic, content
  std::string activity_topic_;
  bennu::payload activity_;
  bool told_ = false;
};

/// Tells whether the database works, judged by the calls to it. After a failed write (a full disk) only a write that
/// succeeds ends the trouble, not a read.
/// Thread safety: any thread.
class store_health {
public:
  /// Is called when trouble begins, with its cause, and with an empty text when it is over. It must not call this
  /// object, which is locked meanwhile.
  using listener = std::function<void(const std::string& trouble)>;

  /// Call it before the first call to the database.
  void listen(listener x) { listener_ = std::move(x); }

  void failed(bool in_write, const std::string& why);
  void succeeded(bool in_write);

  /// Why the database does not work; empty when it works.
  std::string trouble() const;

private:
  mutable std::mutex mutex_;
  std::string trouble_;
  bool in_write_ = false;
  listener listener_ = [](const std::string&) {};
};

} // namespace chat
