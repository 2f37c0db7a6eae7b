#include "apps/chat/database.hpp"

#include <array>
#include <cstring>
#include <fcntl.h>
#include <mutex>
#include <stdexcept>
#include <string>
#include <sys/stat.h>
#include <system_error>
#include <unistd.h>
#include <vector>

#include <soci/postgresql/soci-postgresql.h>
#include <soci/soci.h>
#include <soci/sqlite3/soci-sqlite3.h>

#include <bennu/supervision/fault.hpp>

namespace chat {

namespace {

/// WAL mode, so that readers never wait. With `synchronous=FULL` a commit returns after its fsync, so that an
/// acknowledged message survives a power cut. https://www.sqlite.org/pragma.html#pragma_synchronous
class sqlite_database : public database {
public:
  explicit sqlite_database(std::string path) : path_(std::move(path)) {}

  void create() override {
    if (auto fd = ::open(path_.c_str(), O_CREAT | O_RDWR | O_CLOEXEC, 0600); fd >= 0)
      ::close(fd);
    else
      throw std::system_error(errno, std::generic_category(), "cannot create " + path_);
  }

  std::unique_ptr<soci::session> connect() override {
    struct stat before {};
    if (::stat(path_.c_str(), &before) != 0)
      throw std::system_error(errno, std::generic_category(), "cannot open " + path_);
    // 2 s: far longer than any transaction of the chat, and a client still waits for its answer.
    auto connection = std::make_unique<soci::session>(soci::sqlite3, "dbname=" + quoted(path_) + " timeout=2");
    // This is not a parameter of the connection, because on a full disk SOCI 4.0 would leak the open connection.
    *connection << "PRAGMA synchronous=FULL";
    std::string mode;
    *connection << "PRAGMA journal_mode=WAL", soci::into(mode);
    *connection << "PRAGMA foreign_keys=ON";
    std::lock_guard guard{mutex_};
    identity_ = {before.st_dev, before.st_ino};
    return connection;
  }

  // SQLite goes on writing to a file that was moved or deleted. Messages would be acknowledged and lost.
  bool still_there(soci::session&) override {
    struct stat now {};
    if (::stat(path_.c_str(), &now) != 0)
      return false;
    std::lock_guard guard{mutex_};
    return identity_ == identity{now.st_dev, now.st_ino};
  }

  void lock_tables(soci::session&) override {} // a writing transaction has the file to itself

  // A deferred transaction that reads and then writes fails immediately when another one has written meanwhile,
  // without waiting for the busy timeout. https://www.sqlite.org/isolation.html
  const char* begin_writing() const override { return "BEGIN IMMEDIATE"; }

  bool knows_failed_commits() const override { return true; } // a failed COMMIT of SQLite is rolled back

  const char* serial_key() const override { return "INTEGER PRIMARY KEY AUTOINCREMENT"; }

private:
  using identity = std::pair<dev_t, ino_t>;

  static std::string quoted(const std::string& path) { return '"' + path + '"'; }

  const std::string path_;
  std::mutex mutex_;
  identity identity_;
};

class postgresql_database : public database {
public:
  explicit postgresql_database(std::string address) : address_(std::move(address)) {
    // A host that has vanished is noticed in seconds, not in TCP's quarter of an hour. Parameters of the address win:
    // libpq takes the last.
    const std::string limits =
      "connect_timeout=4&tcp_user_timeout=8000&keepalives_idle=5&keepalives_interval=2&keepalives_count=3";
    const auto query = address_.find('?');
    if (query == std::string::npos)
      address_ += "?" + limits;
    else
      address_.insert(query + 1, limits + "&");
  }

  void create() override { connect(); } // the administrator creates the database, the chat creates its tables

  std::unique_ptr<soci::session> connect() override {
    auto connection = std::make_unique<soci::session>(soci::postgresql, address_);
    *connection << "SET client_min_messages = warning";
    *connection << "SET statement_timeout = '4s'"; // less than `store_pool::options::max_answer_time`
    return connection;
  }

  // The next statement notices a broken connection.
  bool still_there(soci::session&) override { return true; }

  void lock_tables(soci::session& connection) override {
    int64_t key = 0x62656e6e75; // any number that other programs do not use: "bennu"
    connection << "SELECT pg_advisory_lock(:k)", soci::use(key);
  }

  const char* begin_writing() const override { return "BEGIN"; }

  bool knows_failed_commits() const override { return false; }

  const char* serial_key() const override { return "BIGSERIAL PRIMARY KEY"; }

private:
  std::string address_;
};

} // namespace

std::unique_ptr<database> database_at(const std::string& address) {
  if (address.rfind("postgresql://", 0) == 0 || address.rfind("postgres://", 0) == 0)
    return std::make_unique<postgresql_database>(address);
  if (address.empty() || address.find_first_of("\"\n") != std::string::npos)
    throw std::invalid_argument("a database is a file or postgresql://…, not '" + address + "'");
  return std::make_unique<sqlite_database>(address);
}

void in_transaction(database& place, soci::session& connection, const std::function<void()>& work) {
  if (bennu::fault_points::is_disk_full("database"))
    throw std::runtime_error{"the disk is full, by a fault on purpose"};
  connection << place.begin_writing();
  bool committing = false;
  try {
    work();
    committing = true;
    connection << "COMMIT";
  } catch (...) {
    try {
      connection << "ROLLBACK";
    } catch (const std::exception&) {
      // The connection and its transaction are lost. The first failure is the one to report.
    }
    if (committing && !place.knows_failed_commits())
      throw commit_unknown{"the database did not say whether it was done"};
    throw;
  }
}

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
