#pragma once

#include <chrono>
#include <cstddef>

namespace bennu::engine {

class idle_list;

/// An element of an `idle_list`; base class of everything that can be idle. Its destructor removes it from its list.
class idle_node {
public:
  idle_node() = default;
  idle_node(const idle_node&) = delete;
  idle_node& operator=(const idle_node&) = delete;
  virtual ~idle_node() { unlink(); }

  /// Called when it has been idle for the timeout of the list. It must remove itself from the list or call `touch`.
  virtual void on_idle() = 0;

  /// Called when its io unit closes. It must end and remove itself from the list.
  virtual void on_shutdown() = 0;

  void unlink() noexcept {
    if (prev_ == nullptr)
      return;
    prev_->next_ = next_;
    next_->prev_ = prev_;
    prev_ = next_ = nullptr;
  }

private:
  friend class idle_list;
  idle_node* prev_ = nullptr;
  idle_node* next_ = nullptr;
  std::chrono::steady_clock::time_point seen_;
};

/// Elements in the order of their last activity. `touch` is O(1); a sweep only visits elements that are overdue.
/// Thread safety: none.
class idle_list {
public:
  using time_point = std::chrono::steady_clock::time_point;
  using duration = std::chrono::steady_clock::duration;

  /// With a timeout of zero no element is ever overdue.
  explicit idle_list(duration timeout) : timeout_(timeout) { head_.prev_ = head_.next_ = &head_; }
  ~idle_list() {
    while (head_.next_ != &head_)
      head_.next_->unlink();
    head_.prev_ = head_.next_ = nullptr;
  }

  /// Records activity of `x`: moves it to the end of this list, out of any other list.
  void touch(idle_node& x, time_point now) noexcept {
    x.unlink();
    x.seen_ = now;
    x.prev_ = head_.prev_;
    x.next_ = &head_;
    head_.prev_->next_ = &x;
    head_.prev_ = &x;
  }

  /// Calls `on_idle` for elements without activity since `now - timeout`, for at most `most` of them.
  /// @returns how many there were.
  size_t sweep(time_point now, size_t most) {
    size_t count = 0;
    if (timeout_ == duration::zero())
      return count;
    for (; count < most && head_.next_ != &head_ && head_.next_->seen_ + timeout_ <= now; ++count) {
      auto* overdue = head_.next_;
      overdue->unlink();
      overdue->on_idle();
    }
    return count;
  }

  /// Calls `on_shutdown` for every element.
  void shut_down() {
    while (head_.next_ != &head_) {
      auto* node = head_.next_;
      node->unlink();
      node->on_shutdown();
    }
  }

private:
  struct anchor : idle_node {
    void on_idle() override {}
    void on_shutdown() override {}
  };
  anchor head_;
  duration timeout_;
};

} // namespace bennu::engine
