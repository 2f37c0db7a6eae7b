#include "tests/wire/client.hpp"

using namespace bennu::test;

CLAIM_V1("v1: a frame is an object with four members, without a join_ref") {
  client ann{Way::value};
  ann.send_text(R"({"topic":"echo:a","event":"phx_join","payload":{"x":1},"ref":"1","join_ref":"1"})");
  CHECK(ann.next()
        == json{{"topic", "echo:a"},
                {"event", "phx_reply"},
                {"ref", "1"},
                {"payload", {{"status", "ok"}, {"response", {{"x", 1}}}}}});
  ann.send_text(R"({"topic":"echo:a","event":"push","payload":{},"ref":"2","join_ref":"1"})");
  CHECK(ann.next() == json{{"topic", "echo:a"}, {"event", "pushed"}, {"ref", nullptr}, {"payload", json::object()}});
}

CLAIM_V1("v1: phx_close and phx_error have a null ref when the client sent no join_ref") {
  client ann{Way::value};
  ann.send_as(nullptr, "1", "echo:a", "phx_join");
  CHECK(ann.next() == ann.replied(nullptr, "1", "echo:a", "ok"));
  ann.send_as(nullptr, "2", "echo:a", "stop");
  CHECK(ann.next() == json{{"topic", "echo:a"}, {"event", "phx_close"}, {"ref", nullptr}, {"payload", json::object()}});
  ann.send_as(nullptr, "3", "echo:a", "phx_join");
  ann.next();
  ann.send_as(nullptr, "4", "echo:a", "crash");
  CHECK(
    ann.next()
    == json{{"topic", "echo:a"}, {"event", "phx_error"}, {"ref", nullptr}, {"payload", {{"reason", "channel_crash"}}}});
}

CLAIM_V1("v1: phx_close and phx_error have the join_ref of the client") {
  client ann{Way::value};
  ann.send_as("j", "1", "echo:a", "phx_join");
  ann.next();
  ann.send_as("j", "2", "echo:a", "crash");
  CHECK(ann.next()
        == json{{"topic", "echo:a"}, {"event", "phx_error"}, {"ref", "j"}, {"payload", {{"reason", "channel_crash"}}}});
}

TEST_CASE("v1: a client without vsn gets v1, over both transports") {
  const auto heartbeat = R"({"topic":"phoenix","event":"heartbeat","payload":{},"ref":"1"})";
  const json answer = {{"topic", "phoenix"},
                       {"event", "phx_reply"},
                       {"ref", "1"},
                       {"payload", {{"status", "ok"}, {"response", json::object()}}}};
  websocket_client ann{{.query = ""}};
  ann.send_text(heartbeat);
  CHECK(json::parse(ann.next_text()) == answer);
  poll_client bob{{.query = ""}};
  bob.send(heartbeat);
  CHECK(json::parse(bob.next()) == answer);
}
