#pragma once

#include <atomic>
#include <cstddef>
#include <utility>

namespace bennu::engine {

/// The number of clients of a server, and its limit. Thread safety: any thread may use it.
class connection_count {
public:
  /// @param is_reserve whether its places are for those for whom there is no other
  explicit connection_count(size_t max, bool is_reserve = false) noexcept : max_(max), is_reserve_(is_reserve) {}
  size_t now() const noexcept { return now_.load(std::memory_order_relaxed); }
  size_t max() const noexcept { return max_; }

private:
  friend class connection_slot;
  std::atomic<size_t> now_{0};
  const size_t max_;
  const bool is_reserve_;
};

/// The right to be one of a server's clients. The owner of the client's socket holds it; its destructor gives it
/// back. Movable.
class connection_slot {
public:
  connection_slot() = default;
  connection_slot(connection_slot&& other) noexcept : from_(std::exchange(other.from_, nullptr)) {}
  connection_slot& operator=(connection_slot&& other) noexcept {
    release();
    from_ = std::exchange(other.from_, nullptr);
    return *this;
  }
  ~connection_slot() { release(); }

  /// Takes a slot of `x`. The slot is empty when none is left. REQUIRES: `x` outlives the slot.
  static connection_slot take(connection_count& x) noexcept {
    if (x.now_.fetch_add(1, std::memory_order_relaxed) < x.max_)
      return connection_slot{&x};
    x.now_.fetch_sub(1, std::memory_order_relaxed);
    return {};
  }

  /// Whether the place is one of a reserve.
  bool is_reserve() const noexcept { return from_ != nullptr && from_->is_reserve_; }

  explicit operator bool() const noexcept { return from_ != nullptr; }

  void release() noexcept {
    if (auto* from = std::exchange(from_, nullptr))
      from->now_.fetch_sub(1, std::memory_order_relaxed);
  }

private:
  explicit connection_slot(connection_count* from) noexcept : from_(from) {}
  connection_count* from_ = nullptr;
};

} // namespace bennu::engine
