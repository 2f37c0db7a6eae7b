#pragma once

#include <functional>
#include <memory>
#include <stdexcept>
#include <string>
#include <vector>

#include "apps/chat/store.hpp"

namespace soci {
class session;
}

namespace chat {

/// The location of the data, and what is special about this kind of database. SQL dialects occur only here.
///
/// Thread safety: any thread may use it. Each call of `connect` returns a separate connection.
class database {
public:
  virtual ~database() = default;

  /// Creates the database if it does not exist. Call it once at the start. A database that is missing later is a
  /// fault; the chat must not continue with an empty one.
  /// @throws std::exception with the reason.
  virtual void create() = 0;

  /// @throws std::exception with the reason in words.
  virtual std::unique_ptr<soci::session> connect() = 0;

  /// Whether the open connection still leads to the database that the address names.
  virtual bool still_there(soci::session& connection) = 0;

  /// Makes this program the only one that changes tables, until the connection closes. May wait for another program.
  virtual void lock_tables(soci::session& connection) = 0;

  /// The SQL statement that begins a transaction that writes.
  virtual const char* begin_writing() const = 0;

  /// False when it is unknown after a failed COMMIT whether the transaction was committed, because the answer may have
  /// been lost on its way.
  virtual bool knows_failed_commits() const = 0;

  /// The type of a primary key that counts by itself.
  virtual const char* serial_key() const = 0;

  /// Learns from each call whether the database works.
  store_health health;
};

/// Thrown when it is unknown whether a transaction was committed.
struct commit_unknown : std::runtime_error {
  using runtime_error::runtime_error;
};

/// The database that `address` names: `postgresql://…`, or the path of an SQLite file.
std::unique_ptr<database> database_at(const std::string& address);

/// A store over `place`, which must outlive it. It connects at the first call, and again after each failure.
std::unique_ptr<store> make_store(std::shared_ptr<database> place);

/// Prepares the database at `address`: creates it if it is missing and upgrades its tables.
/// @throws std::exception with the reason, in words for the operator.
std::shared_ptr<database> prepare_database(const std::string& address);

/// Upgrades the tables to the version of this program, step by step, each step in a separate transaction.
/// @throws std::exception, also when the tables are newer than the program.
void migrate(database& place, soci::session& connection);

/// Runs `work` in a transaction: committed when it returns, rolled back when it throws. @throws `commit_unknown`, or
/// what `work` throws.
void in_transaction(database& place, soci::session& connection, const std::function<void()>& work);

} // namespace chat
