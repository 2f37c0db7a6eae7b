#pragma once

#include <atomic>
#include <cstddef>
#include <vector>

namespace bennu::engine {

/// The memory that all clients of a server may make it hold in requests and messages that are not whole yet. Any thread
/// may use it.
struct buffer_budget {
  explicit buffer_budget(size_t bytes) noexcept : max(bytes) {}
  std::atomic<size_t> used{0};
  const size_t max;
};

class buffer_list;

/// A client that has sent a part of something. Gives its bytes back when it is destroyed.
class buffer_holder {
public:
  buffer_holder() = default;
  buffer_holder(const buffer_holder&) = delete;
  buffer_holder& operator=(const buffer_holder&) = delete;
  virtual ~buffer_holder() { release(); }

  /// Others need the memory: drops what it holds, and ends what it was for. Must not destroy other holders.
  virtual void on_shed() = 0;

  /// Holds nothing more. Idempotent.
  void release() noexcept;

  size_t held_bytes() const noexcept { return bytes_; }

private:
  friend class buffer_list;
  buffer_list* list_ = nullptr;
  size_t place_ = 0; ///< in its list
  size_t bytes_ = 0;
};

/// The holders of one io unit, and their common budget.
///
/// Invariants
/// 1. What holders with more than `small_bytes` hold together is counted in the budget, and nothing else.
/// 2. Whoever lets the budget overflow does not take from a client that holds less: the largest holder of the unit goes
///    first.
///
/// Complexity: O(1), and O(holders) for each holder that has to go. Thread safety: none, apart from the budget.
class buffer_list {
public:
  explicit buffer_list(buffer_budget& budget) noexcept : budget_(budget) {}
  buffer_list(const buffer_list&) = delete;
  buffer_list& operator=(const buffer_list&) = delete;
  ~buffer_list();

  /// Requests up to this size are served even when the budget is used up. 16 KiB: a header, a chat line, a form.
  static constexpr size_t small_bytes = 16 << 10;

  /// `x` holds so many bytes now. Where the budget is used up the largest holder is shed, until there is room.
  /// @returns false when `x` is that holder: it is not shed by this call, and has to end what it collects.
  bool hold(buffer_holder& x, size_t bytes);

private:
  friend class buffer_holder;
  void set(buffer_holder& x, size_t bytes);
  buffer_holder& largest() const noexcept;

  buffer_budget& budget_;
  std::vector<buffer_holder*> holders_;
};

} // namespace bennu::engine
