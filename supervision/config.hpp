#pragma once

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

private:
  std::unique_ptr<telemetry> hub_;
};

} // namespace bennu
