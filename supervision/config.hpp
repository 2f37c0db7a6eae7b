#pragma once

#include <chrono>
#include <memory>

#include <caf/actor_system_config.hpp>

namespace bennu {

class telemetry;

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

private:
  std::unique_ptr<telemetry> hub_;
};

} // namespace bennu
