#pragma once

#include <algorithm>
#include <cstddef>
#include <utility>
#include <vector>

namespace bennu::engine {

/// What waits for an actor, kept outside of it so that it survives the actor's crash: a first-in, first-out queue that holds
/// no memory while it is empty, and room for a few times what it holds otherwise.
///
/// Taking an item removes it before it is handled: the item whose handling crashed is not tried again.
/// Thread safety: none.
template <class T>
class inbox {
public:
  bool empty() const noexcept { return next_ == items_.size(); }
  size_t size() const noexcept { return items_.size() - next_; }

  void put(T x) {
    // One that always holds something would otherwise grow by what was taken. Moving at most as many items as were taken costs
    // each of them one move.
    if (next_ > 0 && items_.size() == items_.capacity() && next_ >= size()) {
      items_.erase(items_.begin(), items_.begin() + static_cast<std::ptrdiff_t>(next_));
      next_ = 0;
    }
    items_.push_back(std::move(x));
  }

  /// Items for which there is room without allocating, for accounting.
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

  /// Moves the first item that `fits` before all others. @returns false when there is none.
  template <class Predicate>
  bool bring_forward(Predicate fits) {
    auto begin = items_.begin() + static_cast<std::ptrdiff_t>(next_);
    auto found = std::find_if(begin, items_.end(), fits);
    if (found == items_.end())
      return false;
    std::rotate(begin, found, found + 1);
    return true;
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
