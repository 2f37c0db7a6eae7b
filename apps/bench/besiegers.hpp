#pragma once

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <thread>

namespace bennu::bench {

/// How a client harms a server without breaking a rule of TCP.
enum class malice : uint8_t {
  slow,   ///< sends one byte of a request's header a second (slow loris)
  deaf,   ///< joins, asks for five kilobytes a second, and never reads
  silent, ///< connects and says nothing: as a peer whose machine lost its power
};
constexpr std::array all_malice = {malice::slow, malice::deaf, malice::silent};
constexpr const char* name_of(malice x) {
  return x == malice::slow ? "slow" : x == malice::deaf ? "deaf" : "silent";
}

/// So many of each kind, on a thread of their own. One that the server closes comes again a second later.
class besiegers {
public:
  besiegers(uint16_t port, size_t of_each);
  ~besiegers();
  besiegers(const besiegers&) = delete;
  besiegers& operator=(const besiegers&) = delete;

  /// How many of a kind the server has closed.
  size_t closed(malice kind) const noexcept { return closed_[static_cast<size_t>(kind)]; }

private:
  void run(uint16_t port, size_t of_each);

  std::array<std::atomic<size_t>, all_malice.size()> closed_{};
  std::atomic<bool> stop_{false};
  std::thread thread_;
};

} // namespace bennu::bench
