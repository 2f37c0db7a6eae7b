#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <list>
#include <mutex>
#include <optional>
#include <string>
#include <unordered_map>

namespace bennu::engine {

/// What clients and server have exchanged.
struct traffic_sum {
  uint64_t in = 0, out = 0, bytes_in = 0, bytes_out = 0;

  traffic_sum& operator+=(const traffic_sum& x) noexcept {
    in += x.in;
    out += x.out;
    bytes_in += x.bytes_in;
    bytes_out += x.bytes_out;
    return *this;
  }
};

/// Makes rates of counters that somebody looks at again and again: how much one has grown since a look about a second
/// before. So what is counted needs no clock, and what nobody looks at costs nothing.
///
/// It remembers the counters that were looked at last, at most `max_counters` of them. Thread safety: any thread.
class counter_rates {
public:
  using time_point = std::chrono::steady_clock::time_point;

  /// REQUIRES: `max_counters` is not 0.
  explicit counter_rates(size_t max_counters) : max_counters_(max_counters) {}

  /// What `name` has grown by, per second: between a look at least `shortest` ago, and this one. Nothing at the
  /// first look, after a minute without one, and when the counter has begun again.
  std::optional<double> look(const std::string& name, uint64_t count, time_point now);

  /// Of two looks that follow each other faster, the first is remembered: the rate of a moment says little.
  static constexpr std::chrono::milliseconds shortest{900};
  static constexpr std::chrono::seconds longest{60};

private:
  struct look_at {
    time_point at;
    uint64_t count;
  };
  struct known {
    look_at before; // at least `shortest` before `last`, unless they are the same
    look_at last;   // the one that becomes `before`
    std::list<const std::string*>::iterator place;
  };

  const size_t max_counters_;
  std::mutex mutex_;
  std::unordered_map<std::string, known> known_;
  std::list<const std::string*> order_; // the one that was looked at longest ago comes first
};

inline std::optional<double> counter_rates::look(const std::string& name, uint64_t count, time_point now) {
  std::lock_guard guard{mutex_};
  const auto [at, is_new] = known_.try_emplace(name);
  auto& x = at->second;
  const bool begins = is_new || count < x.last.count || now - x.last.at > longest;
  if (is_new)
    x.place = order_.insert(order_.end(), &at->first);
  else
    order_.splice(order_.end(), order_, x.place);
  if (known_.size() > max_counters_) {
    known_.erase(known_.find(*order_.front()));
    order_.pop_front();
  }
  if (begins) {
    x.before = x.last = {now, count};
    return std::nullopt;
  }
  if (now - x.last.at >= shortest) {
    x.before = x.last;
    x.last = {now, count};
  }
  const std::chrono::duration<double> took = now - x.before.at;
  if (took < shortest)
    return std::nullopt;
  return static_cast<double>(count - x.before.count) / took.count();
}

} // namespace bennu::engine
