#pragma once

#include <atomic>
#include <chrono>
#include <deque>
#include <memory>
#include <mutex>
#include <utility>

#include "apps/chat/games.hpp"
#include "apps/chat/store.hpp"
#include <bennu/supervision/child_spec.hpp>

namespace chat {

/// Something that is answered "unavailable" when its time is over.
class expiring {
public:
  virtual ~expiring() = default;
  virtual void expire() = 0;
};

/// A question to the store. Whoever answers it begins it first: one whose time was over before is never begun, so that
/// what its asker was told is not stored is not stored later.
template <class T>
class store_question : public question<result<T>>, public expiring {
public:
  /// `changes`: an answer that comes too late leaves its asker uncertain.
  store_question(std::function<void(result<T>)> callback, store_failure refusal, bool changes)
    : question<result<T>>(std::move(callback), std::move(refusal)), changes_(changes) {}

  bool begin() {
    auto expected = phase::waiting;
    return phase_.compare_exchange_strong(expected, phase::begun);
  }

  void expire() override {
    auto expected = phase::waiting;
    const bool begun = !phase_.compare_exchange_strong(expected, phase::expired);
    this->answer(unavailable("the database did not answer in time", begun && changes_));
  }

private:
  enum class phase : uint8_t { waiting, begun, expired };

  const bool changes_;
  std::atomic<phase> phase_ = phase::waiting;
};

/// Ends questions when they have waited for long enough. All have the same time, so they end in their order.
/// Thread safety: any thread.
class store_deadlines {
public:
  using clock = std::chrono::steady_clock;

  explicit store_deadlines(std::chrono::milliseconds time) : time_(time) {}

  void watch(std::weak_ptr<expiring> x);

  /// Ends those whose time is over.
  void expire(clock::time_point now);

  /// An actor that calls `expire` ten times a second.
  static bennu::child_spec supervised(std::shared_ptr<store_deadlines> of);

private:
  const std::chrono::milliseconds time_;
  std::mutex mutex_;
  std::deque<std::pair<clock::time_point, std::weak_ptr<expiring>>> watched_;
};

} // namespace chat
