#pragma once

#include <functional>
#include <utility>

namespace chat {

/// A callback that is called exactly once: with an answer, or, when everybody who could give one is gone, with a refusal.
///
/// Whoever holds the last reference may be a full queue, a pool that stops or a job that threw: none of them has to remember to answer.
/// Thread safety: `answer` once, from any thread.
template <class T>
class question {
public:
  question(std::function<void(T)> callback, T refusal) : callback_(std::move(callback)), refusal_(std::move(refusal)) {}
  ~question() {
    if (callback_)
      callback_(std::move(refusal_));
  }
  question(const question&) = delete;
  question& operator=(const question&) = delete;

  void answer(T x) { std::exchange(callback_, nullptr)(std::move(x)); }

private:
  std::function<void(T)> callback_;
  T refusal_;
};

} // namespace chat
