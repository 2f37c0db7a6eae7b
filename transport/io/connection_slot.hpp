#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <string_view>
#include <utility>
#include <vector>

#include <caf/actor_system.hpp>

#include "actors/client/limits.hpp"
#include "actors/client/shares.hpp"
#include <bennu/supervision/telemetry.hpp>

namespace bennu::engine {

/// The memory that all clients of a server, and those of one address, may use for one purpose.
/// Thread safety: any thread may use it.
struct buffer_budget {
  /// What the memory is for.
  struct purpose {
    std::string_view limit;            ///< the name of the limit of all clients
    std::string_view limit_of_address; ///< that of one address
    std::atomic<size_t> share::*used;  ///< what an address uses of it
    bool is_estimate;                  ///< whether the holders can count again, and may find that they hold less
  };
  static constexpr purpose unfinished = {"buffers", "buffers_per_address", &share::unfinished, false};
  static constexpr purpose unread = {"unread", "unread_per_address", &share::unread, true};

  /// @param bytes_per_address 0: no limit
  explicit buffer_budget(size_t bytes, size_t bytes_per_address = 0, const purpose& x = unfinished) noexcept
    : max(bytes), max_per_address(bytes_per_address), of(x) {}
  std::atomic<size_t> used{0};
  std::atomic<size_t> lists{0}; ///< one for each io unit
  const size_t max;
  const size_t max_per_address;
  const purpose of;
};

class buffer_list;

/// A client that makes the server hold memory: it has sent a part of a request or message, or does not read what it is
/// sent. Its destructor gives the memory back.
class buffer_holder {
public:
  buffer_holder() = default;
  buffer_holder(const buffer_holder&) = delete;
  buffer_holder& operator=(const buffer_holder&) = delete;
  virtual ~buffer_holder() { release(); }

  /// Drops its data, because others need the memory, and ends the request or connection. Must not destroy other
  /// holders. `limit` is the name of the limit that was reached.
  virtual void on_shed(std::string_view limit) = 0;

  /// What it holds, counted anew.
  virtual size_t recount() { return bytes_; }

  /// Its memory counts for this address too. REQUIRES: it holds nothing; `x` lives until it holds nothing again.
  void count_for(share* x) noexcept { address_ = x; }

  /// Gives all memory back. Idempotent.
  void release() noexcept;

  size_t held_bytes() const noexcept { return bytes_; }

private:
  friend class buffer_list;
  buffer_list* list_ = nullptr;
  share* address_ = nullptr;
  size_t place_ = 0; ///< its index in its list
  size_t bytes_ = 0;
};

/// The holders of one io unit, with their common budget.
///
/// Invariants
/// 1. The budget, and the share of each address, count exactly the memory of holders with more than `small_bytes`.
/// 2. When the budget overflows, the largest holder of the unit is dropped first. When an address uses too much, its
///    largest holder of the unit is.
/// 3. Estimates are counted again before a holder is dropped. A unit whose holders use less than an even part of the
///    budget drops none of them: others use more, and drop theirs in `relieve`.
///
/// Complexity: O(1), and O(holders) for each holder that is dropped. Thread safety: none, except the budget.
class buffer_list {
public:
  explicit buffer_list(buffer_budget& budget) noexcept : budget_(budget) { ++budget_.lists; }
  buffer_list(const buffer_list&) = delete;
  buffer_list& operator=(const buffer_list&) = delete;
  ~buffer_list();

  /// Requests up to this size are served even when the budget is used up. 16 KiB: a header, a chat line, a form.
  static constexpr size_t small_bytes = 16 << 10;

  /// `x` now holds this many bytes. When the budget is used up, the largest holder is dropped until the bytes fit.
  /// @returns an empty text, or the name of the limit when `x` is that holder: this call does not drop it; the caller
  /// must end what it collects.
  std::string_view hold(buffer_holder& x, size_t bytes);

  /// `x` now holds this many bytes, also when that is too much: it is about to end.
  void keep(buffer_holder& x, size_t bytes) { set(x, bytes > small_bytes ? bytes : 0); }

  /// Drops the largest holders while the budget is used up by estimates and this unit uses more than its part. Call it
  /// again and again.
  void relieve();

private:
  friend class buffer_holder;
  bool is_over() const noexcept;
  bool address_is_over(const buffer_holder& x) const noexcept;
  std::string_view limit_of(const buffer_holder& x) const noexcept;
  void count_again();
  void set(buffer_holder& x, size_t bytes);
  buffer_holder& largest(const share* of_address) const noexcept;

  buffer_budget& budget_;
  std::vector<buffer_holder*> holders_;
  size_t used_ = 0; ///< by the holders of this list
};

/// The number of clients of a server, and its limit. Thread safety: any thread may use it.
class connection_count {
public:
  /// @param is_reserve whether its places are extra ones, for clients beyond the limit
  explicit connection_count(size_t max, bool is_reserve = false) noexcept : max_(max), is_reserve_(is_reserve) {}
  size_t now() const noexcept { return now_.load(std::memory_order_relaxed); }
  size_t max() const noexcept { return max_; }

private:
  friend class connection_slot;
  std::atomic<size_t> now_{0};
  const size_t max_;
  const bool is_reserve_;
};

/// The right to be one of a server's clients, and one of those of an address. The owner of the client's socket holds
/// it; its destructor gives it back. Movable.
class connection_slot {
public:
  connection_slot() = default;
  connection_slot(connection_slot&& other) noexcept
    : of_address(std::move(other.of_address)), from_(std::exchange(other.from_, nullptr)) {}
  connection_slot& operator=(connection_slot&& other) noexcept {
    release();
    from_ = std::exchange(other.from_, nullptr);
    of_address = std::move(other.of_address);
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
    of_address.release();
    if (auto* from = std::exchange(from_, nullptr))
      from->now_.fetch_sub(1, std::memory_order_relaxed);
  }

  /// The place among the clients of its address. Empty: no limit holds for the address, or it is not known yet.
  share_place of_address;

private:
  explicit connection_slot(connection_count* from) noexcept : from_(from) {}
  connection_count* from_ = nullptr;
};

/// Emits the telemetry event `handler.crashed`: a handler outside of actors has thrown an exception; the loop goes
/// on.
inline void report_handler_exception(const caf::actor_system& system, std::string_view text) {
  if (auto* hub = telemetry::listening(system))
    hub->emit("handler.crashed", {}, {{"text", text}});
}

} // namespace bennu::engine
