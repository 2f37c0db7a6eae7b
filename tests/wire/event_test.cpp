#include "tests/wire/client.hpp"

using namespace bennu::test;

namespace {

/// Joins a separate room and receives what follows the join.
void enter(client& who, const std::string& room) {
  who.join(room, {{"user", "ann"}});
  who.next(); // user_entered
  who.next(); // joined
}

} // namespace

CLAIM("heartbeat: answered with a null join_ref, even when one was sent") {
  client ann{Way::value};
  ann.send_as("7", "1", "phoenix", "heartbeat");
  CHECK(ann.next() == ann.replied(nullptr, "1", "phoenix", "ok"));
}

CLAIM("other event on topic `phoenix`: it is answered as an unmatched topic") {
  client ann{Way::value};
  for (const auto* event : {"hello", "phx_join"}) {
    ann.send_as("7", "1", "phoenix", event);
    CHECK(ann.next() == ann.refused(nullptr, "1", "phoenix", "unmatched topic"));
  }
}

CLAIM("replies: ok or error, with the payload; a handler may be silent") {
  client ann{Way::value};
  const auto join_ref = ann.join("echo:a");
  const auto ok = ann.push("echo:a", "echo", {{"x", 1}});
  CHECK(ann.next() == ann.replied(join_ref, ok, "echo:a", "ok", {{"x", 1}}));
  const auto error = ann.push("echo:a", "error", {{"x", 2}});
  CHECK(ann.next() == ann.replied(join_ref, error, "echo:a", "error", {{"x", 2}}));
  ann.push("echo:a", "silent");
  CHECK(ann.hears_nothing());
}

CLAIM("refs: ref and topic are echoed with their JSON type") {
  client ann{Way::value};
  ann.send_as(7, 15, "echo:a", "phx_join");
  CHECK(ann.next() == ann.replied(7, 15, "echo:a", "ok"));
  const json odd[] = {15, 1.5, true, {{"x", 1}}, {1, 2}, "text"};
  for (const auto& ref : odd) {
    ann.send_as(7, ref, "echo:a", "echo");
    CHECK(ann.next() == ann.replied(7, ref, "echo:a", "ok"));
  }
  for (const json& topic : {json(15), json(nullptr), json{{"x", 1}}}) {
    ann.send_as("7", "8", topic, "hello");
    CHECK(ann.next() == ann.refused(nullptr, "8", topic, "unmatched topic"));
  }
}

CLAIM("refs: a null ref still gets a reply, with ref null: a heartbeat, a join, an event, a later answer, a leave") {
  client ann{Way::value};
  const json none;
  ann.send_as(none, none, "phoenix", "heartbeat");
  CHECK(ann.next() == ann.replied(none, none, "phoenix", "ok"));
  ann.send_as("j", none, "nowhere:a", "phx_join");
  CHECK(ann.next() == ann.refused(none, none, "nowhere:a", "unmatched topic"));
  ann.send_as("j", none, "echo:deny", "phx_join");
  CHECK(ann.next() == ann.refused("j", none, "echo:deny", "unauthorized"));
  ann.send_as("j", none, "echo:a", "phx_join");
  CHECK(ann.next() == ann.replied("j", none, "echo:a", "ok"));
  ann.send_as("j", none, "echo:a", "echo");
  CHECK(ann.next() == ann.replied("j", none, "echo:a", "ok"));
  ann.send_as("j", none, "echo:a", "later", {{"ms", 1}});
  CHECK(ann.next() == ann.replied("j", none, "echo:a", "ok", {{"ms", 1}}));
  ann.send_as("j", none, "echo:a", "phx_leave");
  CHECK(ann.next() == ann.replied("j", none, "echo:a", "ok"));
  CHECK(ann.next() == ann.closed("j", "echo:a"));
  ann.send_as("j", none, "echo:a", "phx_leave");
  CHECK(ann.next() == ann.replied("j", none, "echo:a", "ok"));
}

CLAIM("payloads: of joins and events may be any JSON value") {
  client ann{Way::value};
  const json values = {nullptr, true, 1.5, "text", json::array({1, 2}), {{"x", nullptr}}};
  for (const auto& value : values) {
    ann.send_as("j", "j", "echo:any", "phx_join", value);
    CHECK(ann.next() == ann.replied("j", "j", "echo:any", "ok", value));
    ann.send_as("j", "e", "echo:any", "echo", value);
    CHECK(ann.next() == ann.replied("j", "e", "echo:any", "ok", value));
    ann.send_as("j", "l", "echo:any", "phx_leave");
    CHECK(ann.next() == ann.replied("j", "l", "echo:any", "ok"));
    CHECK(ann.next() == ann.closed("j", "echo:any"));
  }
}

CLAIM("payloads: numbers pass through exactly, 64 bits and beyond, and 1.0 stays 1.0") {
  client ann{Way::value};
  const auto join_ref = ann.join("echo:a");
  const auto numbers =
    "[1.0,-0.5e-7,9223372036854775807,-9223372036854775808,18446744073709551617,-1" + std::string(400, '2') + "]";
  ann.send_raw(join_ref, "2", "echo:a", "echo", numbers);
  CHECK(ann.next_text().find(numbers) != std::string::npos);
  ann.send_raw(join_ref, "3", "echo:a", "shout", numbers);
  CHECK(ann.next_text().find(numbers) != std::string::npos);
}

CLAIM(
  "payloads: numbers and depth pass through what reads or adds a member, too: a room's copy, publish, later, a join") {
  client ann{Way::value};
  const std::string room = std::string{"room:exact-"} + ann.transport() + std::to_string(ann.speaks().vsn);
  enter(ann, room);
  const std::string exact =
    R"("n":18446744073709551617,"f":1.0,"deep":)" + std::string(5'000, '[') + std::string(5'000, ']');
  const auto said = [&exact](const std::string& text) { return text.find(exact) != std::string::npos; };
  ann.send_raw("1", "2", room, "new_msg", "{" + exact + "}");
  CHECK(ann.next() == ann.replied("1", "2", room, "ok"));
  const auto copy = ann.next_text();
  CHECK(said(copy));
  CHECK(copy.find(R"("transport":")") != std::string::npos);
  ann.send_raw("3", "3", "echo:exact", "phx_join", "{" + exact + "}");
  CHECK(said(ann.next_text()));
  const auto topic = json{room}[0].dump();
  ann.send_raw("3", "4", "echo:exact", "publish",
               R"({"topic":)" + topic + R"(,"event":"told","payload":{)" + exact + "}}");
  CHECK(said(ann.next_text()));
  CHECK(ann.next() == ann.replied("3", "4", "echo:exact", "ok"));
  ann.send_raw("3", "5", "echo:exact", "later", R"({"ms":1,)" + exact + "}");
  CHECK(said(ann.next_text()));
}

CLAIM("payloads: a megabyte, deep nesting and any Unicode pass") {
  client ann{Way::value};
  const auto join_ref = ann.join("echo:a");
  const json big = {{"text", std::string(1'000'000, 'x')}};
  const auto ref = ann.push("echo:a", "echo", big);
  CHECK(ann.next() == ann.replied(join_ref, ref, "echo:a", "ok", big));
  std::string deep = "1";
  for (int i = 0; i < 200; ++i)
    deep = i % 2 == 0 ? "[" + deep + "]" : R"({"x":)" + deep + "}";
  ann.send_raw(join_ref, "deep", "echo:a", "echo", deep);
  CHECK(ann.next() == ann.replied(join_ref, "deep", "echo:a", "ok", json::parse(deep)));
  const json text = "\u00E9 \U0001F600 \u2028 \u0000 \u007F \uFFFD";
  const auto unicode = ann.push("echo:a", "echo", text);
  CHECK(ann.next() == ann.replied(join_ref, unicode, "echo:a", "ok", text));
  ann.send_raw(join_ref, "escapes", "echo:a", "echo", R"("\ud83d\ude00\u0000\/")");
  CHECK(ann.next() == ann.replied(join_ref, "escapes", "echo:a", "ok", json::parse(R"("\ud83d\ude00\u0000\/")")));
}

CLAIM("push and broadcast: a push carries the join_ref, a broadcast none") {
  client ann{Way::value};
  const auto join_ref = ann.join("echo:kinds");
  ann.push("echo:kinds", "push", {{"x", 1}});
  CHECK(ann.next() == ann.pushed(join_ref, "echo:kinds", "pushed", {{"x", 1}}));
  ann.push("echo:kinds", "shout", {{"x", 2}});
  CHECK(ann.next() == ann.broadcasted("echo:kinds", "shout", {{"x", 2}}));
}

CLAIM("broadcast: a whisper reaches everybody but the one who whispers") {
  client ann{Way::value}, bob{Way::value};
  ann.join("echo:whisper");
  bob.join("echo:whisper");
  ann.push("echo:whisper", "whisper", {{"x", 1}});
  CHECK(bob.next() == bob.broadcasted("echo:whisper", "whisper", {{"x", 1}}));
  CHECK(ann.hears_nothing());
}

TEST_CASE("broadcast: clients of every serializer and transport receive the same") {
  client ann{v1_websocket::value}, bob{v2_websocket::value}, cat{v1_longpoll::value}, dan{v2_longpoll::value};
  for (auto* x : {&ann, &bob, &cat, &dan})
    x->join("echo:all-ways");
  dan.push("echo:all-ways", "shout", {{"x", 1}});
  for (auto* x : {&ann, &bob, &cat, &dan})
    CHECK(x->next() == x->broadcasted("echo:all-ways", "shout", {{"x", 1}}));
}

CLAIM("publish to one's own topic: the event first, then the reply") {
  client ann{Way::value};
  const auto join_ref = ann.join("echo:publish");
  const auto ref =
    ann.push("echo:publish", "publish", {{"topic", "echo:publish"}, {"event", "news"}, {"payload", {{"x", 1}}}});
  CHECK(ann.next() == ann.broadcasted("echo:publish", "news", {{"x", 1}}));
  CHECK(ann.next() == ann.replied(join_ref, ref, "echo:publish", "ok"));
}

CLAIM("new_msg of a room: the sender's reply comes before its own intercepted copy, which is a push") {
  client ann{Way::value};
  enter(ann, "room:intercept");
  const auto ref = ann.push("room:intercept", "new_msg", {{"body", "hi"}});
  CHECK(ann.next() == ann.replied("1", ref, "room:intercept", "ok"));
  CHECK(ann.next() == ann.pushed("1", "room:intercept", "new_msg", {{"body", "hi"}, {"transport", ann.transport()}}));
}

CLAIM("deferred reply: lets other events pass") {
  client ann{Way::value};
  const auto join_ref = ann.join("echo:a");
  const auto later = ann.push("echo:a", "later", {{"ms", 200}});
  const auto now = ann.push("echo:a", "echo");
  CHECK(ann.next() == ann.replied(join_ref, now, "echo:a", "ok"));
  CHECK(ann.next() == ann.replied(join_ref, later, "echo:a", "ok", {{"ms", 200}}));
}

CLAIM("later: two events with one ref are answered both") {
  client ann{Way::value};
  const auto join_ref = ann.join("echo:a");
  for (int i = 0; i < 2; ++i)
    ann.send_as(join_ref, nullptr, "echo:a", "later", {{"ms", 1}});
  for (int i = 0; i < 2; ++i)
    CHECK(ann.next() == ann.replied(join_ref, nullptr, "echo:a", "ok", {{"ms", 1}}));
}

CLAIM("order: what one client sends arrives in the order in which it was sent") {
  client ann{Way::value}, bob{Way::value};
  ann.join("bench:order");
  bob.join("bench:order");
  for (int i = 0; i < 200; ++i)
    ann.push("bench:order", "pub", {{"n", i}});
  for (int i = 0; i < 200; ++i)
    REQUIRE(bob.next() == bob.broadcasted("bench:order", "msg", {{"n", i}}));
}
