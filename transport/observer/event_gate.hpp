#pragma once

#include <algorithm>
#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "supervision/process/numbers.hpp"

namespace bennu::engine {

// Seconds are those of a clock that never goes back.

/// How many seconds after a question the events that it asks for are still kept.
inline constexpr int64_t kept_after_question = 10;

/// Whether a telemetry handler is needed. It works while somebody asks, and stays attached for longer: each time that
/// it is detached doubles how long it stays. So even one who asks every minute has it attached anew a few times only,
/// which matters because the hub frees nothing of that before its end.
///
/// Thread safety: any thread may call `is_wanted`; a lock guards the rest.
class handler_need {
public:
  void ask(int64_t second) noexcept {
    asked_at_ = second;
    is_wanted_.store(true, std::memory_order_relaxed);
  }

  /// Whether the handler has to do anything.
  bool is_wanted() const noexcept { return is_wanted_.load(std::memory_order_relaxed); }

  /// Call it now and then while the handler is attached.
  /// @returns whether it has to be detached now
  bool rest(int64_t second) noexcept {
    const auto silence = second - asked_at_;
    if (silence > kept_after_question)
      is_wanted_.store(false, std::memory_order_relaxed);
    if (silence <= stays_for_)
      return false;
    stays_for_ *= 2;
    return true;
  }

private:
  std::atomic<bool> is_wanted_{false};
  int64_t asked_at_ = 0;
  int64_t stays_for_ = kept_after_question;
};

/// The beginnings of names for which somebody has asked a short time ago. When there are too many, every name counts as
/// asked for. Of a beginning its hash is kept: so, once in 2^48, a name that nobody asked for counts, too.
///
/// Thread safety: any thread may call `has`, which never waits; a lock guards `ask`.
class asked_prefixes {
public:
  void ask(std::string_view prefix, int64_t second) noexcept {
    auto& x = place_for(key_of(prefix), second);
    x.asked_at.store(second, std::memory_order_relaxed);
  }

  /// Whether the name begins with one of them.
  bool has(std::string_view name, int64_t second) const noexcept {
    return std::any_of(slots_.begin(), slots_.end(), [&](const slot& x) {
      if (!x.is_fresh(second))
        return false;
      const auto key = x.key.load(std::memory_order_relaxed);
      const auto size = static_cast<size_t>(key & max_size);
      return size <= name.size() && key_of(name.substr(0, size)) == key;
    });
  }

  /// How many are told apart.
  static constexpr size_t max_prefixes = 15;

private:
  static constexpr uint64_t max_size = 0xFFFF;
  static constexpr int64_t never = -kept_after_question - 1;

  struct slot {
    std::atomic<uint64_t> key{0}; ///< 48 bits of the hash of a prefix, and its size; 0: the empty prefix
    std::atomic<int64_t> asked_at{never};

    bool is_fresh(int64_t second) const noexcept {
      return second - asked_at.load(std::memory_order_relaxed) <= kept_after_question;
    }
  };

  static constexpr uint64_t key_of(std::string_view prefix) noexcept {
    prefix = prefix.substr(0, max_size);
    return prefix.empty() ? 0 : (mixed(fnv1a(prefix)) & ~max_size) | prefix.size();
  }

  // Its own, else one that nobody uses any longer, else the first, which is that of the empty prefix always.
  slot& place_for(uint64_t key, int64_t second) noexcept {
    const auto same = std::find_if(slots_.begin(), slots_.end(),
                                   [&](const slot& x) { return x.key.load(std::memory_order_relaxed) == key; });
    if (key == 0 || same != slots_.end())
      return key == 0 ? slots_.front() : *same;
    const auto unused =
      std::find_if(slots_.begin() + 1, slots_.end(), [&](const slot& x) { return !x.is_fresh(second); });
    if (unused == slots_.end())
      return slots_.front();
    unused->key.store(key, std::memory_order_relaxed);
    return *unused;
  }

  std::array<slot, max_prefixes + 1> slots_;
};

/// Lets pass so many of each second. Thread safety: any thread; nobody waits.
class second_quota {
public:
  /// @param max below 65,536
  explicit second_quota(uint64_t max) : max_(max) {}

  /// @returns whether one more passes
  bool take(int64_t second) noexcept {
    auto old = state_.load(std::memory_order_relaxed);
    for (;;) {
      const auto at = std::max(static_cast<uint64_t>(second), old >> 16); // another thread may be ahead
      const auto count = at == old >> 16 ? old & 0xFFFF : 0;
      if (count >= max_)
        return false;
      if (state_.compare_exchange_weak(old, at << 16 | (count + 1), std::memory_order_relaxed))
        return true;
    }
  }

private:
  const uint64_t max_;
  std::atomic<uint64_t> state_{0}; // the second, and in the last 16 bits how many have passed
};

} // namespace bennu::engine
