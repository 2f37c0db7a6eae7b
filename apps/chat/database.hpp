#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

namespace soci {
class session;
}

namespace chat {

/// Where the data lies and what is special about that database: the only file that knows dialects.
///
/// Thread safety: any thread may use it; each call of `connect` gives a connection of its own.
class database {
public:
  virtual ~database() = default;

  /// Makes the database if it is not there. To be called once at the start; later a missing database is a fault, not an invitation
  /// to begin with an empty one. @throws std::exception with the reason.
  virtual void create() = 0;

  /// @throws std::exception with the reason, in words.
  virtual std::unique_ptr<soci::session> connect() = 0;

  /// False when the open connection no longer leads to the database that the address names.
  virtual bool still_there(soci::session& connection) = 0;

  /// Makes this program the only one that changes tables, until the connection closes. May wait for another one.
  virtual void lock_tables(soci::session& connection) = 0;

  /// Begins a transaction that will write.
  virtual const char* begin_writing() const = 0;

  /// The type of a primary key that counts by itself.
  virtual const char* serial_key() const = 0;
};

/// The database that `address` names: `postgresql://…`, or the path of an SQLite file.
std::unique_ptr<database> database_at(const std::string& address);

/// Brings the tables up to this program's version, step by step, each in a transaction of its own.
/// @throws std::exception; also when the tables are newer than the program.
void migrate(database& place, soci::session& connection);

/// Runs `work` in a transaction: committed when it returns, rolled back when it throws.
void in_transaction(database& place, soci::session& connection, const std::function<void()>& work);

} // namespace chat
