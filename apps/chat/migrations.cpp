#include <array>
#include <stdexcept>
#include <string>
#include <vector>

#include <soci/soci.h>

#include "apps/chat/database.hpp"

namespace chat {

namespace {

/// Step N upgrades version N to N + 1. Released steps never change; new ones are appended. `$SERIAL` stands for the
/// key type of the dialect.
const std::vector<std::vector<const char*>>& steps() {
  static const std::vector<std::vector<const char*>> all = {
    {
      "CREATE TABLE users (id $SERIAL, name TEXT NOT NULL, name_key TEXT NOT NULL UNIQUE,"
      " password_hash TEXT NOT NULL, created_at BIGINT NOT NULL)",
      "CREATE TABLE rooms (id TEXT PRIMARY KEY, name TEXT NOT NULL, is_private INTEGER NOT NULL,"
      " created_at BIGINT NOT NULL)",
      "CREATE TABLE members (room_id TEXT NOT NULL REFERENCES rooms(id),"
      " user_id BIGINT NOT NULL REFERENCES users(id), PRIMARY KEY (room_id, user_id))",
      "CREATE INDEX members_by_user ON members (user_id)",
      "CREATE TABLE messages (id $SERIAL, room_id TEXT NOT NULL REFERENCES rooms(id),"
      " user_id BIGINT NOT NULL REFERENCES users(id), body TEXT NOT NULL, sent_at BIGINT NOT NULL)",
      "CREATE INDEX messages_by_room ON messages (room_id, id)",
      "CREATE TABLE notifications (id $SERIAL, user_id BIGINT NOT NULL REFERENCES users(id),"
      " message_id BIGINT NOT NULL REFERENCES messages(id), is_read INTEGER NOT NULL DEFAULT 0)",
      "CREATE INDEX notifications_by_user ON notifications (user_id, is_read, id)",
      "INSERT INTO rooms (id, name, is_private, created_at) VALUES ('lobby', 'Lobby', 0, 0)",
    },
    {
      "CREATE INDEX messages_by_user ON messages (user_id, sent_at)",
    },
    {
      "ALTER TABLE messages ADD COLUMN client_id TEXT",
      "CREATE UNIQUE INDEX messages_by_client ON messages (user_id, client_id) WHERE client_id IS NOT NULL",
      "ALTER TABLE rooms ADD COLUMN creator_id BIGINT",
      "CREATE INDEX rooms_by_creator ON rooms (creator_id)",
      "CREATE TABLE checks (id INTEGER PRIMARY KEY, checked_at BIGINT NOT NULL)",
      "INSERT INTO checks (id, checked_at) VALUES (1, 0)",
    },
  };
  return all;
}

std::string in_dialect(std::string sql, const database& place) {
  static constexpr std::string_view mark = "$SERIAL";
  if (auto at = sql.find(mark); at != std::string::npos)
    sql.replace(at, mark.size(), place.serial_key());
  return sql;
}

int version_of(soci::session& connection) {
  int version = 0;
  connection << "SELECT COALESCE(MAX(version), 0) FROM schema_migrations", soci::into(version);
  return version;
}

} // namespace

void migrate(database& place, soci::session& connection) {
  place.lock_tables(connection);
  connection << "CREATE TABLE IF NOT EXISTS schema_migrations (version INTEGER PRIMARY KEY)";
  const int newest = static_cast<int>(steps().size());
  if (auto found = version_of(connection); found > newest)
    throw std::runtime_error("the database has version " + std::to_string(found) + ", this program knows "
                             + std::to_string(newest) + ": use the newer program");
  for (int step = 0; step < newest; ++step)
    in_transaction(place, connection, [&] {
      // Checked within the transaction, because another process may have upgraded first.
      if (version_of(connection) > step)
        return;
      for (auto* sql : steps()[static_cast<size_t>(step)])
        connection << in_dialect(sql, place);
      const int version = step + 1;
      connection << "INSERT INTO schema_migrations (version) VALUES (:v)", soci::use(version);
    });
}

} // namespace chat
