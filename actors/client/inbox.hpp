#pragma once

#include <algorithm>
#include <cstddef>
#include <utility>
#include <vector>

namespace bennu::engine {

/// The waiting messages of an actor, a first-in, first-out queue. It lives outside the actor, so that it survives the
/// actor's crash. It holds no memory while it is empty, otherwise space for a few times its items.
///
/// An item is removed before it is handled, so that an item whose handler crashed is not tried again.
/// Thread safety: none.
template <class T>
class inbox {
public:
  bool empty() const noexcept { return next_ == items_.size(); }
  size_t size() const noexcept { return items_.size() - next_; }

  void put(T x) {
    // Drops the items that were taken. Without this, a queue that is never empty would grow without bound. It moves
    // at most as many items as were taken, so that each item moves once on average.
    if (next_ > 0 && items_.size() == items_.capacity() && next_ >= size()) {
      items_.erase(items_.begin(), items_.begin() + static_cast<std::ptrdiff_t>(next_));
      next_ = 0;
    }
    items_.push_back(std::move(x));
  }

  /// The capacity without another allocation, for memory accounting.
  size_t capacity() const noexcept { return items_.capacity(); }

  /// REQUIRES: `!empty()`.
  const T& front() const { return items_[next_]; }

  /// REQUIRES: `!empty()`.
  T take() {
    T result = std::move(items_[next_++]);
    if (empty())
      clear();
    return result;
  }

  /// Moves the first item for which `fits` is true to the front.
  /// @returns false when there is none.
  template <class Predicate>
  bool bring_forward(Predicate fits) {
    auto begin = items_.begin() + static_cast<std::ptrdiff_t>(next_);
    auto found = std::find_if(begin, items_.end(), fits);
    if (found == items_.end())
      return false;
    std::rotate(begin, found, found + 1);
    return true;
  }

  /// Whether `fits` is true for an item.
  template <class Predicate>
  bool has(Predicate fits) const {
    return std::any_of(items_.begin() + static_cast<std::ptrdiff_t>(next_), items_.end(), fits);
  }

  /// Calls `visit` with each item, in order.
  template <class Visitor>
  void each(Visitor visit) const {
    std::for_each(items_.begin() + static_cast<std::ptrdiff_t>(next_), items_.end(), visit);
  }

  void clear() noexcept {
    std::vector<T>{}.swap(items_);
    next_ = 0;
  }

private:
  std::vector<T> items_;
  size_t next_ = 0;
};

} // namespace bennu::engine
