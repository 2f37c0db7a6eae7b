#pragma once

#include <memory>
#include <mutex>
#include <optional>
#include <utility>

namespace bennu {

/// Keeps a value beyond the life of an actor: the actor puts it in before it ends, and its successor takes it out.
/// Copies are the same stash. The child's spec holds one, so that it lives as long as the tree.
///
///     stash<int> sums;
///     tree.add(child<counter>("counter", sums)); // counter: init takes, terminate puts
///
/// It prevents the loss of state in a crash. It does not protect against bad state, which may crash the next actor,
/// too. It does not survive the end of the program.
///
/// Thread safety: any thread. A value is copied or moved under a lock.
template <class T>
class stash {
public:
  stash() : shared_(std::make_shared<shared>()) {}

  /// Stores a value, in place of an earlier one.
  void put(T value) const {
    std::optional<T> old{std::move(value)};
    std::lock_guard guard{shared_->mutex};
    shared_->value.swap(old);
  }

  /// Takes out the value that was put in last. @returns nothing when there is none.
  std::optional<T> take() const {
    std::lock_guard guard{shared_->mutex};
    return std::exchange(shared_->value, std::nullopt);
  }

  /// A copy of the value, which stays; nothing when there is none.
  std::optional<T> get() const {
    std::lock_guard guard{shared_->mutex};
    return shared_->value;
  }

private:
  struct shared {
    std::mutex mutex;
    std::optional<T> value;
  };

  std::shared_ptr<shared> shared_;
};

} // namespace bennu
