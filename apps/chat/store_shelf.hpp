#pragma once

#include <mutex>
#include <utility>
#include <vector>

#include "apps/chat/store.hpp"

namespace chat {

/// The stores that no job uses at the moment. Thread safety: any thread.
class store_shelf {
public:
  explicit store_shelf(store_factory make) : make_(std::move(make)) {}

  /// Lends `work` a store for the duration of the call. A store whose work threw is not used again.
  template <class Work>
  auto lend(Work& work) {
    auto one = take();
    auto answer = work(*one);
    put_back(std::move(one));
    return answer;
  }

private:
  std::unique_ptr<store> take() {
    std::lock_guard guard{mutex_};
    if (free_.empty())
      return make_();
    auto one = std::move(free_.back());
    free_.pop_back();
    return one;
  }

  void put_back(std::unique_ptr<store> x) {
    std::lock_guard guard{mutex_};
    free_.push_back(std::move(x));
  }

  const store_factory make_;
  std::mutex mutex_;
  std::vector<std::unique_ptr<store>> free_; ///< never more than have run at the same time
};

} // namespace chat
