#include <cerrno>
#include <system_error>

#include <caf/actor_system.hpp>
#include <caf/actor_system_config.hpp>
#include <doctest/doctest.h>

#include <bennu/supervision/fault.hpp>

namespace {

void write_orders() {
  if (bennu::fault_points::is_disk_full("orders"))
    throw std::system_error(ENOSPC, std::generic_category(), "orders.log");
}

} // namespace

TEST_CASE("guide: an application's own writes fail when a fault says that the disk is full") {
  caf::actor_system_config settings;
  caf::actor_system system{settings};
  auto& faults = bennu::fault_points::of(system);
  write_orders();
  faults.set(bennu::fault_rule::parse("full_disk label=orders"));
  CHECK_THROWS_AS(write_orders(), std::system_error);
  faults.clear();
  write_orders();
}
