#pragma once

#include <atomic>
#include <cstddef>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "apps/bench/siege/attacks.hpp"

namespace bennu::bench {

/// Hostile clients of several kinds, which run on a thread of their own. They are away until `begin`.
class besiegers {
public:
  /// @param of_each how many clients each attack has
  /// @param nice the priority of their thread, as of nice(1)
  /// REQUIRES: `field` outlives it.
  besiegers(const battlefield& field, std::vector<const attack*> attacks, size_t of_each, int nice);
  ~besiegers();
  besiegers(const besiegers&) = delete;
  besiegers& operator=(const besiegers&) = delete;

  /// All clients come, a few in each millisecond.
  void begin();

  /// All clients disconnect. Returns when they have.
  /// @throws std::runtime_error when one of them has thrown an exception, which ends them all.
  void pause();

  const std::vector<const attack*>& attacks() const noexcept { return attacks_; }

  /// What became of the clients of the attack with this index.
  const attack_count& count(size_t i) const { return counts_[i]; }

  /// How many turns the thread had. It has a thousand per second unless the machine is too busy; each client acts once
  /// in a thousand.
  size_t turns() const noexcept { return turns_; }

private:
  void run();
  void fail(const std::string& why);
  void besiege();

  const battlefield& field_;
  const std::vector<const attack*> attacks_;
  const size_t of_each_;
  const int nice_;
  std::vector<attack_count> counts_;
  std::atomic<size_t> turns_{0};
  std::atomic<bool> attacking_{false};
  std::atomic<bool> connected_{false};
  std::atomic<bool> stop_{false};
  std::atomic<bool> has_failed_{false};
  std::string failure_; ///< written before `has_failed_`
  std::thread thread_;
};

} // namespace bennu::bench
