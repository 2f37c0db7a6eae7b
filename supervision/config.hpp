#pragma once

#include <chrono>
#include <cstdint>
#include <memory>

#include <caf/actor_system_config.hpp>

namespace bennu {

class fault_points;
class telemetry;

inline constexpr std::uint32_t default_mailbox_alarm = 10'000;

/// The configuration of a Bennu node: CAF's, with sane defaults for supervised programs and with the
/// services that belong to the whole node. Programs derive from it as from CAF's own.
///
/// Any `caf::actor_system_config` works for `bennu::supervision` too; services then fall back to one
/// for the whole process.
class config : public caf::actor_system_config {
public:
  config();
  ~config() override;

  /// The node's telemetry hub. Lives as long as this configuration, so longer than the system.
  telemetry& hub() const noexcept { return *hub_; }

  /// A handler that keeps its thread for longer is reported by the watchdog, where the scheduler has one; 0: none is.
  /// 100 ms: what a person notices. Work that takes longer belongs on a pool.
  std::chrono::milliseconds slow_handler{100};

  /// The faults that are to be caused on purpose; none unless somebody sets one.
  fault_points& faults() const noexcept { return *faults_; }

  /// A process behind which so many messages wait is reported (`process.mailbox_high`), again at each doubling, and once more when a
  /// quarter is left (`process.mailbox_normal`). 10,000: what a busy actor handles in some hundredths of a second; more means that it
  /// cannot keep up. At least 64; 0: none is reported.
  std::uint32_t mailbox_alarm = default_mailbox_alarm;

private:
  std::unique_ptr<telemetry> hub_;
  std::unique_ptr<fault_points> faults_;
};

} // namespace bennu
