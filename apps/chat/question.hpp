#pragma once

#include <atomic>
#include <functional>
#include <utility>

namespace chat {

/// A callback that is called exactly once: with an answer, or, when everybody who could give one is gone, with a
/// refusal.
///
/// Whoever holds the last reference may be a full queue, a pool that stops or a job that threw: none of them has to
/// remember to answer.
/// Thread safety: any thread may answer; the first answer counts.
template <class T>
class question {
public:
  question(std::function<void(T)> callback, T refusal) : callback_(std::move(callback)), refusal_(std::move(refusal)) {}
  virtual ~question() {
    if (!answered_)
      callback_(std::move(refusal_));
  }
  question(const question&) = delete;
  question& operator=(const question&) = delete;

  /// @returns false when there was an answer before: then this one is not told.
  bool answer(T x) {
    if (answered_.exchange(true))
      return false;
    std::exchange(callback_, nullptr)(std::move(x));
    return true;
  }

private:
  std::atomic<bool> answered_ = false;
  std::function<void(T)> callback_;
  T refusal_;
};

} // namespace chat
