#pragma once

#include <atomic>
#include <cstddef>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>

namespace bennu::engine {

class share_table;

/// What one key (an address, a user) holds.
struct share {
  size_t places = 0; ///< guarded by the mutex of the table

  // Bytes of memory. Any thread may use them.
  std::atomic<size_t> unfinished{0}; ///< of requests and messages that have arrived in part
  std::atomic<size_t> unread{0};     ///< of messages that the clients of this key do not read
};

/// One of the places that a key holds. Its destructor gives it back. An empty one belongs to no key, and nothing bounds
/// it. Movable. Thread safety: none.
class share_place {
public:
  share_place() = default;
  share_place(share_place&& other) noexcept
    : table_(std::exchange(other.table_, nullptr)), held_(std::exchange(other.held_, nullptr)) {}
  share_place& operator=(share_place&& other) noexcept;
  ~share_place() { release(); }

  void release() noexcept;

  /// The share of its key; null for an empty place.
  share* of_key() const noexcept { return held_ == nullptr ? nullptr : &held_->second; }

private:
  friend class share_table;
  using key_and_share = std::pair<const std::string, share>;
  share_place(share_table& table, key_and_share& held) noexcept : table_(&table), held_(&held) {}

  share_table* table_ = nullptr;
  key_and_share* held_ = nullptr;
};

/// Counts the places that each key holds, and refuses those beyond a limit.
///
/// A key without places is forgotten. So there are never more keys than places, and the places have a bound of their
/// own, such as `server_options::max_connections`. Complexity: O(1). Thread safety: any thread may use it.
class share_table {
public:
  /// Takes a place for `key`. REQUIRES: the table outlives the place.
  /// @returns nothing when the key holds `max` places; an empty place when the key is empty or `max` is 0.
  std::optional<share_place> take(std::string_view key, size_t max);

  size_t keys() const;

  size_t places_of(std::string_view key) const;

private:
  friend class share_place;

  mutable std::mutex mutex_;
  std::unordered_map<std::string, share> shares_; // its elements never move
};

} // namespace bennu::engine
