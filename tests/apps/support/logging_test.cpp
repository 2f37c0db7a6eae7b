#include "apps/support/logging.hpp"

#include <array>

#include <doctest/doctest.h>

using namespace bennu;

TEST_CASE("logging: an event is one line of its name, its fields and its numbers") {
  const std::array fields = {metadata{"id", "room:lobby"}};
  const std::array numbers = {measurement{"left", 2}};
  CHECK(log_line({"supervisor.restarted", numbers, fields}) == "supervisor.restarted id=\"room:lobby\" left=2");
}

TEST_CASE("logging: text from outside can neither start a line nor steer a terminal") {
  const std::array fields = {metadata{"body", "a\nb\x1b[2J\"\\"}};
  CHECK(log_line({"x", {}, fields}) == "x body=\"a\\nb\\x1b[2J\\\"\\\\\"");
}

TEST_CASE("logging: crashes, restarts and limits alarm; everyday events do not") {
  CHECK(is_alarming("supervisor.restarted"));
  CHECK(is_alarming("channel.crashed"));
  CHECK(is_alarming("limit.hit"));
  CHECK_FALSE(is_alarming("channel.joined"));
  CHECK_FALSE(is_alarming("socket.connected"));
}

TEST_CASE("logging: it follows a hub while it lives and leaves it at the end") {
  telemetry hub;
  {
    logging logs{"bennu-test", "off"};
    log_follower follower{hub};
    CHECK(hub.has_listeners());
    hub.emit("channel.crashed", {}, {{"text", "boom"}});
  }
  CHECK_FALSE(hub.has_listeners());
}
