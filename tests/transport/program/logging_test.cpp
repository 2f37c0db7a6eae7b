#include "transport/program/logging.hpp"

#include <array>
#include <fstream>
#include <iterator>
#include <string>

#include <doctest/doctest.h>
#include <spdlog/spdlog.h>

#include "tests/support/scratch_folder.hpp"
#include "transport/program/log_format.hpp"

using namespace bennu;
using namespace bennu::engine;
using namespace bennu::test;

namespace {

std::string content(const std::string& path) {
  std::ifstream file{path};
  return {std::istreambuf_iterator<char>{file}, {}};
}

} // namespace

TEST_CASE("logging: an event is one line of its name, its fields and its numbers") {
  const std::array fields = {metadata{"id", "room:lobby"}};
  const std::array numbers = {measurement{"left", 2}};
  CHECK(log_line({"supervisor.restarted", numbers, fields}) == "supervisor.restarted id=\"room:lobby\" left=2");
}

TEST_CASE("logging: text from outside can neither start a line nor steer a terminal") {
  const std::array fields = {metadata{"body", "a\nb\x1b[2J\"\\"}};
  CHECK(log_line({"x", {}, fields}) == "x body=\"a\\nb\\x1b[2J\\\"\\\\\"");
}

TEST_CASE("logging: a line holds at most 2 KB, whatever is logged") {
  scratch_folder folder;
  const std::string huge(7'000'000, '\x01');
  telemetry hub;
  {
    logging logs{"bennu-test", "debug", folder.file("log")};
    log_follower follower{hub};
    hub.emit("channel.crashed", {}, {{"text", huge}, {"message", huge}, {"topic", huge}, {"trace", huge}});
    spdlog::info("{}", huge);
    spdlog::info("one\ntwo");
  }
  std::ifstream lines{folder.file("log")};
  std::vector<std::string> read;
  for (std::string line; std::getline(lines, line);)
    read.push_back(line);
  REQUIRE(read.size() == 3);
  CHECK(read[0].size() < logging::max_line_bytes);
  CHECK(read[0].find("(7000000 bytes)") != std::string::npos);
  CHECK(read[1].size() < logging::max_line_bytes);
  CHECK(read[2].find("one\\ntwo") != std::string::npos);
}

TEST_CASE("logging: a final loss is an error, a failure a warning, and what clients do is for debugging") {
  CHECK(level_of("supervisor.given_up") == event_level::error);
  CHECK(level_of("supervisor.zombie") == event_level::error);
  CHECK(level_of("names.conflict") == event_level::error);
  CHECK(level_of("supervisor.restarted") == event_level::warning);
  CHECK(level_of("process.crashed") == event_level::warning);
  CHECK(level_of("process.mailbox_high") == event_level::warning);
  CHECK(level_of("limit.hit") == event_level::warning);
  CHECK(level_of("origin.refused") == event_level::warning); // a site that its operator has not allowed
  CHECK(level_of("node.down") == event_level::warning);
  CHECK(level_of("node.up") == event_level::info);
  CHECK(level_of("channel.join") == event_level::debug);
  CHECK(level_of("socket.disconnected") == event_level::debug);
}

TEST_CASE("logging: many events of one kind become one line a second, which counts the others") {
  log_brake brake;
  auto now = log_brake::time_point{} + std::chrono::hours{1};
  uint64_t held_back = 0;
  for (int i = 0; i < log_brake::burst; ++i)
    CHECK(brake.lets_pass("link.refused", now, held_back));
  for (int i = 0; i < 1000; ++i)
    CHECK_FALSE(brake.lets_pass("link.refused", now, held_back));
  CHECK(brake.lets_pass("process.crashed", now, held_back));
  CHECK(held_back == 0);
  now += std::chrono::seconds{1};
  CHECK(brake.lets_pass("link.refused", now, held_back));
  CHECK(held_back == 1000);
  CHECK_FALSE(brake.lets_pass("link.refused", now, held_back));
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

TEST_CASE("logging: after a renaming the file is created again on demand") {
  scratch_folder folder;
  {
    logging logs{"bennu-test", "info", folder.file("log")};
    spdlog::info("before");
    logs.show("seen\n"); // written after what was logged
    while (content(folder.file("log")).find("seen") == std::string::npos) {}
    std::filesystem::rename(folder.file("log"), folder.file("log.1"));
    logs.reopen();
    spdlog::info("after");
  }
  CHECK(content(folder.file("log.1")).find("before") != std::string::npos);
  CHECK(content(folder.file("log")).find("after") != std::string::npos);
}
