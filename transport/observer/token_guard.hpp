#pragma once

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <mutex>
#include <string>
#include <string_view>

namespace bennu::engine {

/// Decides who knows the token of the observer. The comparison takes the same time for every token.
///
/// A right token is always accepted: an attacker must not be able to keep its owner out. Wrong ones are counted by
/// address; beyond a burst they are answered at once as too many, and one line in a while tells of them. Thread safety:
/// any thread.
class token_guard {
public:
  enum class verdict : uint8_t { right, wrong, too_many };
  using time_point = std::chrono::steady_clock::time_point;

  /// @param warn gets a line for the log
  explicit token_guard(std::string_view token, std::function<void(const std::string& line)> warn = {});

  verdict check(std::string_view address, std::string_view token, time_point now);

  /// How many wrong tokens an address may show until the next one is too many. 10: a person pastes the wrong line.
  static constexpr int burst = 10;

  /// After each such pause the address may show one more.
  static constexpr std::chrono::seconds pause{10};

  /// How many addresses are remembered. At the bound it forgets those that have paused for long enough, else all.
  static constexpr size_t max_addresses = 1'000;

private:
  struct tries {
    int left = burst;
    time_point since;
    uint64_t wrong = 0;
  };
  tries& tries_of(std::string_view address, time_point now);

  const std::array<unsigned char, 32> digest_; ///< SHA-256 of the token
  const std::function<void(const std::string&)> warn_;
  std::mutex mutex_;
  std::map<std::string, tries, std::less<>> by_address_;
};

} // namespace bennu::engine
