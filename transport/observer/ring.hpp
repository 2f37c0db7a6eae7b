#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <utility>

namespace bennu::engine {

/// The last entries of a log, each with its number: 1, 2, 3 … A reader that has seen some goes on after the last
/// number that it knows. A plain value. Thread safety: none.
template <class T>
class numbered_ring {
public:
  explicit numbered_ring(size_t max) : max_(max) {}

  void add(T x) {
    ++last_;
    all_.push_back(std::move(x));
    if (all_.size() > max_)
      all_.pop_front();
  }

  /// The number of the newest entry; 0 before the first.
  uint64_t last() const noexcept { return last_; }

  /// Calls `f(number, entry)` for those after `after`, the oldest first.
  template <class F>
  void each_after(uint64_t after, F f) const {
    const auto first = last_ - all_.size() + 1;
    for (size_t i = after >= first ? static_cast<size_t>(after - first + 1) : 0; i < all_.size(); ++i)
      f(first + i, all_[i]);
  }

  /// The newest entry for which `f` is true; null when there is none.
  template <class F>
  const T* find_newest(F f) const {
    for (auto i = all_.rbegin(); i != all_.rend(); ++i)
      if (f(*i))
        return &*i;
    return nullptr;
  }

private:
  size_t max_;
  uint64_t last_ = 0;
  std::deque<T> all_;
};

} // namespace bennu::engine
