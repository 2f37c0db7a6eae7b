#pragma once

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <thread>

namespace bennu::bench {

/// How a hostile client harms a server without breaking a rule of TCP.
enum class malice : uint8_t {
  slow,   ///< sends one byte of a request's header per second (slow loris)
  deaf,   ///< joins, requests five kilobytes per second, and never reads
  silent, ///< connects and sends nothing, like a peer whose machine lost its power
};
constexpr std::array all_malice = {malice::slow, malice::deaf, malice::silent};
constexpr const char* name_of(malice x) {
  return x == malice::slow ? "slow" : x == malice::deaf ? "deaf" : "silent";
}

/// Hostile clients of every kind, which run on a separate thread. When the server closes one, it connects again a
/// second later.
class besiegers {
public:
  besiegers(uint16_t port, size_t of_each);
  ~besiegers();
  besiegers(const besiegers&) = delete;
  besiegers& operator=(const besiegers&) = delete;

  /// How many clients of this kind the server has closed. Any thread may call it.
  size_t closed(malice kind) const noexcept { return closed_[static_cast<size_t>(kind)]; }

private:
  void run(uint16_t port, size_t of_each);

  std::array<std::atomic<size_t>, all_malice.size()> closed_{};
  std::atomic<bool> stop_{false};
  std::thread thread_;
};

} // namespace bennu::bench
