#pragma once

#include <memory>
#include <mutex>
#include <optional>
#include <utility>

namespace bennu {

/// State that outlives the actor it belongs to: what one life puts in, the next takes out. Copies are the same stash;
/// the child's spec holds one, so it lives as long as the tree.
///
///     stash<int> sums;
///     tree.add(child<counter>("counter", sums)); // counter: init takes, terminate puts
///
/// It guards against the loss of state in a crash, and not against bad state: what made one life crash may make the
/// next one crash. It does not survive the end of the program.
///
/// Thread safety: any thread. A value is copied or moved under a lock.
template <class T>
class stash {
public:
  stash() : shared_(std::make_shared<shared>()) {}

  void put(T value) const {
    std::optional<T> old{std::move(value)};
    std::lock_guard guard{shared_->mutex};
    shared_->value.swap(old);
  }

  /// What was put in last; nothing when it was taken already, or never put in.
  std::optional<T> take() const {
    std::lock_guard guard{shared_->mutex};
    return std::exchange(shared_->value, std::nullopt);
  }

  /// A copy of it.
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
