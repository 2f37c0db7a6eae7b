#include "tests/wire/client.hpp"
#include "tests/wire/lab.hpp"

using namespace bennu::test;

namespace {

constexpr unsigned ping = 9, pong = 10, close_frame = 8;

door pinged() {
  return {.path = "/pinged/websocket", .port = lab_port()};
}

} // namespace

TEST_CASE(
  "heartbeat of the server: a silent client is pinged every interval, and stays beyond the idle timeout while it "
  "answers") {
  websocket_client ann{pinged()};
  constexpr int beats = 12; // of 100 ms or more each: longer than the idle timeout, 1 s
  for (int i = 0; i < beats; ++i) {
    const auto frame = ann.next_frame();
    REQUIRE(frame.opcode == ping);
    ann.send_frame(pong, frame.payload);
  }
  ann.send_text(R"([null,"1","phoenix","heartbeat",{}])");
  CHECK(json::parse(ann.next_text())[1] == "1");
}

TEST_CASE("heartbeat of the server: a client that does not answer pings is closed with 1002 and counted") {
  const auto before = limit_hits("idle");
  websocket_client ann{pinged()};
  auto frame = ann.next_frame();
  CHECK(frame.opcode == ping);
  while (frame.opcode == ping)
    frame = ann.next_frame();
  CHECK(frame.opcode == close_frame);
  CHECK(code_of_close(frame.payload) == 1002);
  CHECK(limit_hits("idle") == before + 1);
}

TEST_CASE("heartbeat of the server: without an interval clients are never pinged") {
  websocket_client ann{door{.path = "/strict/websocket"}}; // idle timeout 1 s
  CHECK(ann.next_frame().opcode == close_frame);
}
