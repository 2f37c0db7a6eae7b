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

/// A question that is answered "unavailable" when its time is over.
class expiring {
public:
  virtual ~expiring() = default;
  virtual void expire() = 0;
};

/// A question to the store. Whoever answers it calls `begin` first. A question whose time is over cannot begin, so that
/// a change is never made after its asker was told that it was not made.
template <class T>
class store_question : public question<result<T>>, public expiring {
public:
  /// `changes`: the question changes data. When its time is over after it began, its asker learns that the outcome is
  /// uncertain.
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

/// Answers questions whose time is over. All have the same time, so they expire in the order in which they came.
/// Thread safety: any thread.
class store_deadlines {
public:
  using clock = std::chrono::steady_clock;

  explicit store_deadlines(std::chrono::milliseconds time) : time_(time) {}

  void watch(std::weak_ptr<expiring> x);

  /// Answers the questions whose time is over.
  void expire(clock::time_point now);

  /// An actor that calls `expire` ten times a second.
  static bennu::child_spec supervised(std::shared_ptr<store_deadlines> of);

private:
  const std::chrono::milliseconds time_;
  std::mutex mutex_;
  std::deque<std::pair<clock::time_point, std::weak_ptr<expiring>>> watched_;
};

} // namespace chat
