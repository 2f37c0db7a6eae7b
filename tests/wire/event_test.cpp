#include <doctest/doctest.h>

#include "tests/wire/wire_client.hpp"

using namespace bennu::test;

TEST_CASE("wire: a heartbeat is answered with a null join_ref, even when one was sent") {
  wire_client client;
  client.send_as("7", "1", "phoenix", "heartbeat");
  CHECK(client.next() == reply(nullptr, "1", "phoenix", "ok"));
}

TEST_CASE("wire: another event on topic `phoenix` is unmatched") {
  wire_client client;
  client.send_as(nullptr, "1", "phoenix", "hello");
  CHECK(client.next() == error_reply(nullptr, "1", "phoenix", "unmatched topic"));
}

TEST_CASE("wire: replies carry ok or error, with the payload") {
  wire_client client;
  client.join("echo:a");
  const auto ok = client.push("echo:a", "echo", {{"x", 1}});
  CHECK(client.next() == reply("1", ok, "echo:a", "ok", {{"x", 1}}));
  const auto error = client.push("echo:a", "error", {{"x", 2}});
  CHECK(client.next() == reply("1", error, "echo:a", "error", {{"x", 2}}));
  client.push("echo:a", "silent");
  CHECK(client.hears_nothing());
}

TEST_CASE("wire: a null ref still gets a reply, with ref null") {
  wire_client client;
  client.join("echo:a");
  client.send_as("1", nullptr, "echo:a", "echo");
  CHECK(client.next() == reply("1", nullptr, "echo:a", "ok"));
}

TEST_CASE("wire: payloads of joins and events may be any JSON value") {
  wire_client client;
  const json values = {nullptr, true, 1.5, "text", json::array({1, 2}), {{"x", nullptr}}};
  for (const auto& value : values) {
    client.send_as("j", "j", "echo:any", "phx_join", value);
    CHECK(client.next() == reply("j", "j", "echo:any", "ok", value));
    client.send_as("j", "e", "echo:any", "echo", value);
    CHECK(client.next() == reply("j", "e", "echo:any", "ok", value));
    client.send_as("j", "l", "echo:any", "phx_leave");
    CHECK(client.next() == reply("j", "l", "echo:any", "ok"));
    CHECK(client.next() == closed("j", "echo:any"));
  }
}

TEST_CASE("wire: numbers pass through digit by digit") {
  wire_client client;
  client.join("echo:a");
  client.send_text(R"(["1","2","echo:a","echo",[1.0,18446744073709551617]])");
  CHECK(client.next_raw().payload.find("[1.0,18446744073709551617]") != std::string::npos);
}

TEST_CASE("wire: a push carries the join_ref, a broadcast none") {
  wire_client client;
  client.join("echo:kinds");
  client.push("echo:kinds", "push", {{"x", 1}});
  CHECK(client.next() == pushed("1", "echo:kinds", "pushed", {{"x", 1}}));
  client.push("echo:kinds", "shout", {{"x", 2}});
  CHECK(client.next() == broadcasted("echo:kinds", "shout", {{"x", 2}}));
}

TEST_CASE("wire: a whisper reaches everybody but the one who whispers") {
  wire_client ann, bob;
  ann.join("echo:whisper");
  bob.join("echo:whisper");
  ann.push("echo:whisper", "whisper", {{"x", 1}});
  CHECK(bob.next() == broadcasted("echo:whisper", "whisper", {{"x", 1}}));
  CHECK(ann.hears_nothing());
}

TEST_CASE("wire: a publish to one's own topic comes before its reply") {
  wire_client client;
  client.join("echo:publish");
  const auto ref =
    client.push("echo:publish", "publish", {{"topic", "echo:publish"}, {"event", "news"}, {"payload", {{"x", 1}}}});
  CHECK(client.next() == broadcasted("echo:publish", "news", {{"x", 1}}));
  CHECK(client.next() == reply("1", ref, "echo:publish", "ok"));
}

TEST_CASE("wire: the sender's reply comes before its own intercepted copy, which is a push") {
  wire_client client;
  client.join("room:intercept", {{"user", "ann"}});
  client.next(); // user_entered
  client.next(); // joined
  const auto ref = client.push("room:intercept", "new_msg", {{"body", "hi"}});
  CHECK(client.next() == reply("1", ref, "room:intercept", "ok"));
  CHECK(client.next() == pushed("1", "room:intercept", "new_msg", {{"body", "hi"}, {"transport", "websocket"}}));
}

TEST_CASE("wire: a deferred reply lets other events pass") {
  wire_client client;
  client.join("echo:a");
  const auto later = client.push("echo:a", "later", {{"ms", 50}});
  const auto now = client.push("echo:a", "echo");
  CHECK(client.next() == reply("1", now, "echo:a", "ok"));
  CHECK(client.next() == reply("1", later, "echo:a", "ok", {{"ms", 50}}));
}

TEST_CASE("wire: a million bytes pass") {
  wire_client client;
  client.join("echo:a");
  const json big = {{"text", std::string(1'000'000, 'x')}};
  const auto ref = client.push("echo:a", "echo", big);
  CHECK(client.next() == reply("1", ref, "echo:a", "ok", big));
}

TEST_CASE("wire: what one client sends arrives in the order in which it was sent") {
  wire_client ann, bob;
  ann.join("bench:order");
  bob.join("bench:order");
  for (int i = 0; i < 200; ++i)
    ann.push("bench:order", "pub", {{"n", i}});
  for (int i = 0; i < 200; ++i)
    REQUIRE(bob.next() == broadcasted("bench:order", "msg", {{"n", i}}));
}
