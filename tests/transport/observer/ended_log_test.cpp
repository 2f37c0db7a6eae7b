#include "transport/observer/ended_log.hpp"

#include <doctest/doctest.h>

using namespace bennu;
using namespace bennu::engine;

namespace {

ended one(uint64_t connection, std::string socket, std::string peer) {
  ended result;
  result.connection = connection;
  result.socket = std::move(socket);
  result.peer = std::move(peer);
  return result;
}

void emit_end(telemetry& hub, std::string_view socket, std::string_view text) {
  hub.emit(frequent_event::socket_disconnected, {{"age_ms", 1500}, {"messages_in", 3}, {"code", 1008}},
           {{"connection", "17"}, {"socket", socket}, {"peer", "192.0.2.7"}, {"reason", "slow"}, {"text", text}});
}

} // namespace

TEST_CASE("an ended connection is found by its socket id, its number and its peer, the newest first") {
  ended_log log;
  log.record(one(1, "user:1", "192.0.2.1"));
  log.record(one(12, "user:12", "192.0.2.2"));
  log.record(one(13, "user:1", "192.0.2.2"));
  const auto of_user = log.find("user:1", 10);
  REQUIRE(of_user.size() == 2); // not user:12
  CHECK(of_user[0].connection == 13);
  CHECK(of_user[1].connection == 1);
  CHECK(log.find("12", 10).size() == 1);
  CHECK(log.find("192.0.2.2", 10).size() == 2);
  CHECK(log.find("192.0.2", 10).size() == 3);
  CHECK(log.find("", 2).size() == 2);
  CHECK(log.find("nobody", 10).empty());
}

TEST_CASE("the log keeps the newest entries only") {
  ended_log log{2};
  for (uint64_t i = 1; i <= 5; ++i)
    log.record(one(i, "", ""));
  const auto all = log.find("", 10);
  REQUIRE(all.size() == 2);
  CHECK(all[0].connection == 5);
  CHECK(all[1].connection == 4);
}

TEST_CASE("the log learns of ended connections by telemetry, with texts cut at a whole character") {
  telemetry hub;
  ended_log log;
  hub.attach("socket.disconnected", [&log](const telemetry_event& x) { log.record(told_by(x)); });
  const std::string text(255, 'x');
  emit_end(hub, "user:7", text + "ü");
  const auto found = log.find("17", 1);
  REQUIRE(found.size() == 1);
  CHECK(found[0].socket == "user:7");
  CHECK(found[0].reason == "slow");
  CHECK(found[0].code == 1008);
  CHECK(found[0].age == std::chrono::milliseconds{1500});
  CHECK(found[0].messages_in == 3);
  CHECK(found[0].text == text);
}
