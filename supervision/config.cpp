#include <bennu/supervision/config.hpp>

#include <bennu/supervision/fault.hpp>
#include <bennu/supervision/telemetry.hpp>

namespace bennu {

config::config() : hub_(std::make_unique<telemetry>()), faults_(std::make_unique<fault_points>()) {
  // With CAF's default an actor whose mailbox never becomes empty keeps its thread for ever.
  set("scheduler.max-throughput", size_t{50});
}

config::~config() = default;

} // namespace bennu
