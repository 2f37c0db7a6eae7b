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

/// Why the store did not do what it was asked. An expected answer, never an exception.
struct store_failure {
  enum class kind : uint8_t {
    conflict,    ///< the name or id is taken
    not_found,   ///< no such user, room or member; `text` names it
    limited,     ///< too many of them in too short a time
    unavailable, ///< the database is away, locked, full or read-only: the next call tries again
  };

  kind why;
  std::string text; ///< for logs; shown to a client only where it names what the client sent, or which limit was met

  /// With `unavailable`: what was asked may have been done, or may be done yet.
  bool uncertain = false;
};

/// What a store call gives: the value, or why there is none.
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

/// The value of a call that has nothing to tell but that it was done.
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

/// Where each message of a room is told in short, for those who have the room in their list and not open:
/// `room_message`. No client may join it; see `user_channel`.
std::string activity_topic(const std::string& room_id);

/// The news of a stored message: `new_message` to its room, `notification` to each whom it mentions, `room_message` to
/// those who watch.
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

/// Whether the database serves, as the calls to it show. A failed write (a full disk) is over with the next write that
/// succeeds, not with a read.
/// Thread safety: any thread.
class store_health {
public:
  /// Is called when trouble begins, with its cause, and with an empty text when it is over.
  using listener = std::function<void(const std::string& trouble)>;

  /// To be called before the first call to the database.
  void listen(listener x) { listener_ = std::move(x); }

  void failed(bool in_write, const std::string& why);
  void succeeded(bool in_write);

  /// Why the database does not serve; empty when it does.
  std::string trouble() const;

private:
  mutable std::mutex mutex_;
  std::string trouble_;
  bool in_write_ = false;
  listener listener_ = [](const std::string&) {};
};

} // namespace chat
