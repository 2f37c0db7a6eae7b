#pragma once

#include <chrono>
#include <cstddef>

namespace bennu::engine {

class idle_list;

/// A place in an `idle_list`; what may idle derives from it. Leaves its list when it is destroyed.
class idle_node {
public:
  idle_node() = default;
  idle_node(const idle_node&) = delete;
  idle_node& operator=(const idle_node&) = delete;
  virtual ~idle_node() { unlink(); }

  /// Nothing was heard for the list's timeout. Must take the node out of the list, or touch it.
  virtual void on_idle() = 0;

  /// The node's io unit is closing: ends at once. Must take the node out of the list.
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

/// Nodes in the order in which they were last heard of: touching is O(1), a sweep looks only at those that are overdue.
/// Thread safety: none.
class idle_list {
public:
  using time_point = std::chrono::steady_clock::time_point;
  using duration = std::chrono::steady_clock::duration;

  /// A timeout of zero means that nothing is ever overdue.
  explicit idle_list(duration timeout) : timeout_(timeout) { head_.prev_ = head_.next_ = &head_; }
  ~idle_list() {
    while (head_.next_ != &head_)
      head_.next_->unlink();
    head_.prev_ = head_.next_ = nullptr;
  }

  /// `x` was heard of: it goes to the end of this list, whichever list it was in.
  void touch(idle_node& x, time_point now) noexcept {
    x.unlink();
    x.seen_ = now;
    x.prev_ = head_.prev_;
    x.next_ = &head_;
    head_.prev_->next_ = &x;
    head_.prev_ = &x;
  }

  /// Calls `on_idle` of the nodes that were not heard of since `now - timeout`, of at most `most`.
  /// @returns how many these were.
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

  /// Calls `on_shutdown` of every node.
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
