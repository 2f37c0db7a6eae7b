#include "supervision/config.hpp"

#include "supervision/telemetry.hpp"

namespace bennu {

config::config() : hub_(std::make_unique<telemetry>()) {
  // CAF's default lets an actor whose mailbox never empties keep its thread for ever.
  set("scheduler.max-throughput", std::size_t{50});
}

config::~config() = default;

} // namespace bennu
