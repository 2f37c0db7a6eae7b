#pragma once

#include <atomic>
#include <cstddef>
#include <string_view>
#include <utility>
#include <variant>

#include "actors/client/shares.hpp"
#include <bennu/actors/limits.hpp>

namespace bennu::engine {

class join_budget;

/// The right of one join to exist. Its destructor gives it back. Movable. Thread safety: none.
class join_place {
public:
  join_place() = default;
  join_place(join_place&& other) noexcept
    : budget_(std::exchange(other.budget_, nullptr)), bytes_(other.bytes_), of_user_(std::move(other.of_user_)) {}
  join_place& operator=(join_place&&) = delete;
  ~join_place();

private:
  friend class join_budget;
  join_place(join_budget& from, size_t bytes, share_place of_user) noexcept
    : budget_(&from), bytes_(bytes), of_user_(std::move(of_user)) {}

  join_budget* budget_ = nullptr;
  size_t bytes_ = 0;
  share_place of_user_;
};

/// The joins of all clients of a node, and what they keep in memory. Thread safety: any thread may use it.
class join_budget {
public:
  explicit join_budget(const join_limits& limits) noexcept : limits_(limits) {}

  /// Takes a place for a join that keeps `bytes`. REQUIRES: the budget outlives the place.
  /// @param user the id of its socket; empty: it has none
  /// @param max_of_user how many joins of one user there may be; 0: any number
  /// @returns the place, or the name of the limit that the join would exceed: `joins_per_id`, `all_joins` or
  /// `all_join_bytes`.
  std::variant<join_place, std::string_view> take(std::string_view user, size_t max_of_user, size_t bytes);

  size_t joins() const noexcept { return joins_.load(std::memory_order_relaxed); }
  size_t bytes() const noexcept { return bytes_.load(std::memory_order_relaxed); }

private:
  friend class join_place;
  void give_back(size_t bytes) noexcept;

  const join_limits limits_;
  std::atomic<size_t> joins_{0};
  std::atomic<size_t> bytes_{0};
  share_table users_;
};

} // namespace bennu::engine
