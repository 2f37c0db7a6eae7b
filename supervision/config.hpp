#pragma once

#include <chrono>
#include <cstdint>
#include <memory>

#include <caf/actor_system_config.hpp>

namespace bennu {

class fault_points;
class telemetry;

/// The default of `config::mailbox_alarm`.
inline constexpr uint32_t default_mailbox_alarm = 10'000;

/// The configuration of a Bennu node: CAF's configuration with defaults for supervised programs, and with the telemetry
/// and the fault rules of the node. Programs derive from it as from CAF's.
///
/// `bennu::supervision` also works with any `caf::actor_system_config`; telemetry and fault rules then belong to the
/// whole process.
class config : public caf::actor_system_config {
public:
  config();
  ~config() override;

  /// The telemetry hub of the node. It lives as long as this configuration, which outlives the system.
  telemetry& hub() const noexcept { return *hub_; }

  /// The watchdog of the scheduler reports a handler that runs longer than this; 0: never.
  /// 100 ms: a delay that people notice. Longer work belongs on a pool.
  std::chrono::milliseconds slow_handler{100};

  /// The fault rules of the node. Empty by default.
  fault_points& faults() const noexcept { return *faults_; }

  /// A process with this many waiting messages is reported (`process.mailbox_high`), again at each doubling, and once
  /// more when a quarter is left (`process.mailbox_normal`). At least 64; 0: never.
  /// 10,000: a busy actor handles them within some hundredths of a second; with more it cannot keep up.
  uint32_t mailbox_alarm = default_mailbox_alarm;

private:
  std::unique_ptr<telemetry> hub_;
  std::unique_ptr<fault_points> faults_;
};

} // namespace bennu
