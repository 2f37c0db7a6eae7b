#include <algorithm>
#include <optional>

#include <soci/soci.h>

#include "apps/chat/database.hpp"
#include "apps/chat/store.hpp"
#include "apps/chat/text_rules.hpp"
#include "apps/chat/wire_format.hpp"

namespace chat {

namespace {

constexpr const char* may_join_sql =
  "(r.is_private = 0 OR EXISTS (SELECT 1 FROM members m WHERE m.room_id = r.id AND m.user_id = :u))";

/// Thrown within a transaction to roll it back. It never leaves this file.
struct rolled_back {
  store_failure why;
};

class soci_store : public store {
public:
  explicit soci_store(std::shared_ptr<database> place) : place_(std::move(place)) {}

  // -- users ------------------------------------------------------------------

  result<user> add_user(std::string_view name, std::string_view password_hash) override {
    return attempt<user>([&]() -> result<user> {
      user added{0, std::string{name}};
      const std::string key = name_key(name), hash{password_hash};
      const int64_t now = unix_ms();
      write([&] {
        *connection_ << "INSERT INTO users (name, name_key, password_hash, created_at)"
                        " VALUES (:n, :k, :h, :t) ON CONFLICT DO NOTHING RETURNING id",
          soci::use(added.name), soci::use(key), soci::use(hash), soci::use(now), soci::into(added.id);
        if (!connection_->got_data())
          throw rolled_back{conflict("name")};
      });
      return added;
    });
  }

  result<credentials> find_user(std::string_view name) override {
    return attempt<credentials>([&]() -> result<credentials> {
      credentials found;
      const std::string key = name_key(name);
      *connection_ << "SELECT id, name, password_hash FROM users WHERE name_key = :k", soci::use(key),
        soci::into(found.owner.id), soci::into(found.owner.name), soci::into(found.password_hash);
      if (!connection_->got_data())
        return not_found("user");
      return found;
    });
  }

  // -- rooms ------------------------------------------------------------------

  result<room> add_room(const room& place, int64_t creator_id, const std::vector<std::string>& members,
                        room_limits most) override {
    return attempt<room>([&]() -> result<room> {
      write([&] { insert_room(place, creator_id, members, most); });
      return place;
    });
  }

  result<std::vector<room>> rooms_of(int64_t user_id, std::string_view after, int limit) override {
    using list = std::vector<room>;
    return attempt<list>([&]() -> result<list> {
      list rooms;
      room found;
      int is_private = 0;
      const std::string last{after};
      // The place of a room in the list, for one user; a row is compared as a whole.
      auto place = [](const std::string& of) {
        return "CASE WHEN " + of + ".id = 'lobby' THEN 0 WHEN EXISTS (SELECT 1 FROM members p WHERE p.room_id = " + of
               + ".id AND p.user_id = :u) THEN 1 ELSE 2 END, " + of + ".name, " + of + ".id";
      };
      soci::statement query =
        (connection_->prepare << "SELECT r.id, r.name, r.is_private FROM rooms r WHERE " << may_join_sql
                              << " AND (:a = '' OR (" << place("r") << ") > (SELECT " << place("c")
                              << " FROM rooms c WHERE c.id = :a)) ORDER BY " << place("r") << " LIMIT :n",
         soci::use(user_id, "u"), soci::use(last, "a"), soci::use(limit, "n"), soci::into(found.id),
         soci::into(found.name), soci::into(is_private));
      for (query.execute(); query.fetch(); rooms.push_back(found))
        found.is_private = is_private != 0;
      return rooms;
    });
  }

  result<std::vector<unread_room>> unread_in(int64_t user_id, const std::vector<seen_room>& rooms) override {
    using list = std::vector<unread_room>;
    return attempt<list>([&]() -> result<list> {
      list unread;
      for (const auto& x : rooms) {
        unread_room found;
        *connection_
          << "SELECT r.id, COUNT(x.id), COALESCE(MAX(x.id), 0) FROM rooms r LEFT JOIN (SELECT m.id, m.room_id"
             " FROM messages m WHERE m.room_id = :r AND m.id > :s AND m.user_id <> :u LIMIT 100) x"
             " ON x.room_id = r.id WHERE r.id = :r AND "
          << may_join_sql << " GROUP BY r.id",
          soci::use(x.id, "r"), soci::use(x.last_seen, "s"), soci::use(user_id, "u"), soci::into(found.id),
          soci::into(found.count), soci::into(found.last_id);
        if (connection_->got_data() && found.id == x.id)
          unread.push_back(found);
      }
      return unread;
    });
  }

  result<room_access> access(std::string_view room_id, int64_t user_id) override {
    return attempt<room_access>([&]() -> result<room_access> {
      room_access found;
      const std::string id{room_id};
      int is_private = 0, may_join = 0;
      *connection_ << "SELECT r.id, r.name, r.is_private, CASE WHEN " << may_join_sql
                   << " THEN 1 ELSE 0 END FROM rooms r WHERE r.id = :r",
        soci::use(user_id), soci::use(id), soci::into(found.place.id), soci::into(found.place.name),
        soci::into(is_private), soci::into(may_join);
      if (!connection_->got_data())
        return not_found("room");
      found.place.is_private = is_private != 0;
      found.may_join = may_join != 0;
      return found;
    });
  }

  result<std::vector<user>> members_of(std::string_view room_id) override {
    using list = std::vector<user>;
    return attempt<list>([&]() -> result<list> {
      list members;
      user found;
      const std::string id{room_id};
      soci::statement query =
        (connection_->prepare << "SELECT u.id, u.name FROM members m JOIN users u ON u.id = m.user_id"
                                 " WHERE m.room_id = :r ORDER BY u.name_key LIMIT 1000",
         soci::use(id), soci::into(found.id), soci::into(found.name));
      for (query.execute(); query.fetch();)
        members.push_back(found);
      return members;
    });
  }

  // -- messages ---------------------------------------------------------------

  result<std::vector<message>> messages_before(std::string_view room_id, int64_t before, int limit) override {
    const std::string id{room_id};
    return attempt<std::vector<message>>([&]() -> result<std::vector<message>> {
      return last_messages("m.room_id = :r AND m.id < :b", limit, soci::use(id), soci::use(before));
    });
  }

  result<std::vector<message>> latest_messages(int64_t since_ms, int64_t until_ms, int limit) override {
    return attempt<std::vector<message>>([&]() -> result<std::vector<message>> {
      auto messages = last_messages("1 = 1", limit);
      std::erase_if(messages, [&](const message& x) { return x.sent_at_ms < since_ms || x.sent_at_ms > until_ms; });
      return messages;
    });
  }

  result<std::vector<result<stored_message>>> add_messages(const std::vector<draft>& drafts) override {
    using list = std::vector<result<stored_message>>;
    return attempt<list>([&]() -> result<list> {
      list stored;
      stored.reserve(drafts.size());
      write([&] {
        for (auto& x : drafts)
          stored.push_back(insert_message(x));
      });
      return stored;
    });
  }

  // -- notifications ----------------------------------------------------------

  result<std::vector<notification>> unread_notifications(int64_t user_id) override {
    using list = std::vector<notification>;
    return attempt<list>([&]() -> result<list> {
      list found;
      notification next;
      next.user_id = user_id;
      soci::statement query =
        (connection_->prepare << "SELECT n.id, m.room_id, m.id, u.name FROM notifications n"
                                 " JOIN messages m ON m.id = n.message_id JOIN users u ON u.id = m.user_id"
                                 " WHERE n.user_id = :u AND n.is_read = 0 ORDER BY n.id DESC LIMIT 100",
         soci::use(user_id), soci::into(next.id), soci::into(next.room_id), soci::into(next.message_id),
         soci::into(next.from));
      for (query.execute(); query.fetch();)
        found.push_back(next);
      return found;
    });
  }

  result<done> mark_notifications_read(int64_t user_id, const std::vector<int64_t>& ids) override {
    return attempt<done>([&]() -> result<done> {
      write([&] {
        for (auto id : ids)
          *connection_ << "UPDATE notifications SET is_read = 1 WHERE id = :i AND user_id = :u", soci::use(id),
            soci::use(user_id);
      });
      return done{};
    });
  }

  // -- health -----------------------------------------------------------------

  result<done> check() override {
    return attempt<done>([&]() -> result<done> {
      const int64_t now = unix_ms();
      write([&] {
        *connection_ << "UPDATE checks SET checked_at = :t WHERE id = 1", soci::use(now);
        // It matches no message, but waits for a lock on them.
        *connection_ << "UPDATE messages SET body = body WHERE id = 0";
      });
      return done{};
    });
  }

private:
  // After every failure of the database the connection is dropped; the next call connects again.
  template <class T, class F>
  result<T> attempt(F work) {
    writing_ = false;
    try {
      if (connection_ && !place_->still_there(*connection_))
        connection_.reset();
      if (!connection_)
        connection_ = place_->connect();
      auto answer = work();
      place_->health.succeeded(writing_);
      return answer;
    } catch (rolled_back& x) {
      place_->health.succeeded(false);
      return std::move(x.why);
    } catch (const std::exception& x) {
      connection_.reset();
      place_->health.failed(writing_, x.what());
      return unavailable(x.what(), dynamic_cast<const commit_unknown*>(&x) != nullptr);
    }
  }

  template <class F>
  void write(F work) {
    writing_ = true;
    in_transaction(*place_, *connection_, work);
  }

  template <class... Uses>
  std::vector<message> last_messages(const char* where, int limit, const Uses&... uses) {
    std::vector<message> messages;
    message found;
    auto query =
      (connection_->prepare << "SELECT m.id, m.room_id, u.id, u.name, m.body, m.sent_at,"
                               " COALESCE(m.client_id, '') FROM messages m JOIN users u ON u.id = m.user_id"
                               " WHERE "
                            << where << " ORDER BY m.id DESC LIMIT :n",
       soci::into(found.id), soci::into(found.room_id), soci::into(found.author.id), soci::into(found.author.name),
       soci::into(found.body), soci::into(found.sent_at_ms), soci::into(found.client_id));
    ((query, uses), ...);
    soci::statement statement = (query, soci::use(limit));
    for (statement.execute(); statement.fetch();)
      messages.push_back(found);
    std::reverse(messages.begin(), messages.end());
    return messages;
  }

  int64_t count_rooms_by(int64_t creator_id) {
    int64_t count = 0;
    *connection_ << "SELECT COUNT(*) FROM rooms WHERE creator_id = :c", soci::use(creator_id), soci::into(count);
    return count;
  }

  int64_t count_rooms() {
    int64_t count = 0;
    *connection_ << "SELECT COUNT(*) FROM rooms", soci::into(count);
    return count;
  }

  void insert_room(const room& place, int64_t creator_id, const std::vector<std::string>& members, room_limits most) {
    const int is_private = place.is_private ? 1 : 0;
    const int64_t now = unix_ms();
    std::string added;
    *connection_ << "INSERT INTO rooms (id, name, is_private, created_at, creator_id) VALUES (:i, :n, :p, :t, :c)"
                    " ON CONFLICT DO NOTHING RETURNING id",
      soci::use(place.id), soci::use(place.name), soci::use(is_private), soci::use(now), soci::use(creator_id),
      soci::into(added);
    if (!connection_->got_data())
      throw rolled_back{conflict("room")};
    if (count_rooms_by(creator_id) > most.of_one_user)
      throw rolled_back{limited("you have made " + std::to_string(most.of_one_user) + " rooms, which is the limit")};
    if (count_rooms() > most.in_all)
      throw rolled_back{limited("there are " + std::to_string(most.in_all) + " rooms, which is the limit")};
    insert_member(place.id, creator_id);
    for (auto& name : members) {
      const auto key = name_key(name);
      int64_t id = 0;
      *connection_ << "SELECT id FROM users WHERE name_key = :k", soci::use(key), soci::into(id);
      if (!connection_->got_data())
        throw rolled_back{not_found(name)};
      insert_member(place.id, id);
    }
  }

  void insert_member(const std::string& room_id, int64_t user_id) {
    *connection_ << "INSERT INTO members (room_id, user_id) VALUES (:r, :u) ON CONFLICT DO NOTHING", soci::use(room_id),
      soci::use(user_id);
  }

  result<stored_message> insert_message(const draft& x) {
    stored_message added;
    auto& text = added.text;
    text.room_id = x.room_id;
    text.body = x.body;
    text.client_id = x.client_id;
    text.sent_at_ms = unix_ms();
    *connection_ << "SELECT u.id, u.name FROM users u, rooms r WHERE u.id = :u AND r.id = :r", soci::use(x.author_id),
      soci::use(x.room_id), soci::into(text.author.id), soci::into(text.author.name);
    if (!connection_->got_data())
      return not_found("user or room");
    if (auto before = find_repeated(x, text.author))
      return std::move(*before);
    if (x.max_in_a_minute > 0
        && written_since(x.author_id, text.sent_at_ms - 60'000, x.max_in_a_minute) >= x.max_in_a_minute)
      return limited("messages");
    auto has_id = x.client_id.empty() ? soci::i_null : soci::i_ok;
    *connection_ << "INSERT INTO messages (room_id, user_id, body, sent_at, client_id)"
                    " VALUES (:r, :u, :b, :t, :c) RETURNING id",
      soci::use(x.room_id), soci::use(x.author_id), soci::use(x.body), soci::use(text.sent_at_ms),
      soci::use(x.client_id, has_id), soci::into(text.id);
    for (auto& name : x.mentions)
      notify(name, added);
    return added;
  }

  // The message that the author's client has sent before with this id.
  std::optional<result<stored_message>> find_repeated(const draft& x, const user& author) {
    if (x.client_id.empty())
      return std::nullopt;
    stored_message found;
    auto& text = found.text;
    text.author = author;
    text.client_id = x.client_id;
    found.repeated = true;
    *connection_ << "SELECT id, room_id, body, sent_at FROM messages WHERE user_id = :u AND client_id = :c",
      soci::use(x.author_id), soci::use(x.client_id), soci::into(text.id), soci::into(text.room_id),
      soci::into(text.body), soci::into(text.sent_at_ms);
    if (!connection_->got_data())
      return std::nullopt;
    if (text.room_id != x.room_id || text.body != x.body)
      return conflict("client id");
    return found;
  }

  // Counts no further than `enough`. `since_ms` is a minute ago by the clock of this node. What a node stored whose
  // clock is more than a minute ahead of this one, or behind it, does not count, so that no clock silences an author.
  int written_since(int64_t author_id, int64_t since_ms, int enough) {
    int count = 0;
    const auto until_ms = since_ms + 120'000; // added here: PostgreSQL takes a parameter of a sum for 32 bits
    *connection_
      << "SELECT COUNT(*) FROM (SELECT 1 FROM messages WHERE user_id = :u AND sent_at BETWEEN :t AND :e LIMIT :n) x",
      soci::use(author_id, "u"), soci::use(since_ms, "t"), soci::use(until_ms, "e"), soci::use(enough, "n"),
      soci::into(count);
    return count;
  }

  void notify(const std::string& name, stored_message& cause) {
    notification made{0, 0, cause.text.room_id, cause.text.id, cause.text.author.name, false};
    const auto key = name_key(name);
    *connection_ << "SELECT u.id FROM users u, rooms r WHERE u.name_key = :k AND u.id <> :a AND r.id = :r"
                    " AND (r.is_private = 0 OR EXISTS"
                    " (SELECT 1 FROM members m WHERE m.room_id = r.id AND m.user_id = u.id))",
      soci::use(key), soci::use(cause.text.author.id), soci::use(cause.text.room_id), soci::into(made.user_id);
    if (!connection_->got_data())
      return;
    *connection_ << "INSERT INTO notifications (user_id, message_id) VALUES (:u, :m) RETURNING id",
      soci::use(made.user_id), soci::use(made.message_id), soci::into(made.id);
    cause.notifications.push_back(made);
  }

  std::shared_ptr<database> place_;
  std::unique_ptr<soci::session> connection_;
  bool writing_ = false; ///< the current attempt writes
};

} // namespace

std::unique_ptr<store> make_store(std::shared_ptr<database> place) {
  return std::make_unique<soci_store>(std::move(place));
}

std::shared_ptr<database> prepare_database(const std::string& address) {
  std::shared_ptr<database> place = database_at(address);
  place->create();
  auto connection = place->connect();
  migrate(*place, *connection);
  return place;
}

} // namespace chat
