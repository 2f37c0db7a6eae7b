#pragma once

#include <atomic>
#include <cstddef>
#include <vector>

namespace bennu::engine {

/// The memory that all clients of a server may use for incomplete requests and messages. Thread safety: any thread
/// may use it.
struct buffer_budget {
  explicit buffer_budget(size_t bytes) noexcept : max(bytes) {}
  std::atomic<size_t> used{0};
  const size_t max;
};

class buffer_list;

/// A client that has sent a part of something. Its destructor gives the memory back.
class buffer_holder {
public:
  buffer_holder() = default;
  buffer_holder(const buffer_holder&) = delete;
  buffer_holder& operator=(const buffer_holder&) = delete;
  virtual ~buffer_holder() { release(); }

  /// Others need the memory: drops its data and ends what it was for. Must not destroy other holders.
  virtual void on_shed() = 0;

  /// Gives all memory back. Idempotent.
  void release() noexcept;

  size_t held_bytes() const noexcept { return bytes_; }

private:
  friend class buffer_list;
  buffer_list* list_ = nullptr;
  size_t place_ = 0; ///< its index in its list
  size_t bytes_ = 0;
};

/// The holders of one io unit, with their common budget.
///
/// Invariants
/// 1. The budget counts exactly the memory of holders with more than `small_bytes`.
/// 2. When the budget overflows, no client loses its memory before one that holds more: the largest holder of the
///    unit is dropped first.
///
/// Complexity: O(1), and O(holders) for each holder that is dropped. Thread safety: none, except the budget.
class buffer_list {
public:
  explicit buffer_list(buffer_budget& budget) noexcept : budget_(budget) {}
  buffer_list(const buffer_list&) = delete;
  buffer_list& operator=(const buffer_list&) = delete;
  ~buffer_list();

  /// Requests up to this size are served even when the budget is used up. 16 KiB: a header, a chat line, a form.
  static constexpr size_t small_bytes = 16 << 10;

  /// `x` now holds this many bytes. When the budget is used up, the largest holder is dropped until the bytes fit.
  /// @returns false when `x` is that holder: this call does not drop it; the caller must end what it collects.
  bool hold(buffer_holder& x, size_t bytes);

private:
  friend class buffer_holder;
  void set(buffer_holder& x, size_t bytes);
  buffer_holder& largest() const noexcept;

  buffer_budget& budget_;
  std::vector<buffer_holder*> holders_;
};

} // namespace bennu::engine
