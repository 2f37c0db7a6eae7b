#include "tests/wire/client.hpp"

using namespace bennu::test;

CLAIM("channel crash: no reply, phx_error with ref = join_ref, the socket stays open and may join again") {
  client ann{Way::value};
  const auto join_ref = ann.join("echo:a");
  ann.push("echo:a", "crash");
  CHECK(ann.next() == ann.crashed(join_ref, "echo:a"));
  const auto again = ann.join("echo:a");
  const auto ref = ann.push("echo:a", "echo", {{"x", 1}});
  CHECK(ann.next() == ann.replied(again, ref, "echo:a", "ok", {{"x", 1}}));
}

CLAIM("channel crash: the other channels of the connection continue") {
  client ann{Way::value};
  const auto join_ref = ann.join("echo:a");
  const auto other = ann.join("echo:b");
  ann.push("echo:a", "crash");
  CHECK(ann.next() == ann.crashed(join_ref, "echo:a"));
  const auto ref = ann.push("echo:b", "echo", {{"x", 1}});
  CHECK(ann.next() == ann.replied(other, ref, "echo:b", "ok", {{"x", 1}}));
}

CLAIM("channel crash: the other members of the topic continue; after phx_error no broadcast arrives") {
  client victim{Way::value}, witness{Way::value};
  const auto join_ref = victim.join("echo:shared");
  witness.join("echo:shared");
  victim.push("echo:shared", "crash");
  CHECK(victim.next() == victim.crashed(join_ref, "echo:shared"));
  witness.push("echo:shared", "shout", {{"x", 1}});
  CHECK(witness.next() == witness.broadcasted("echo:shared", "shout", {{"x", 1}}));
  CHECK(victim.hears_nothing());
}

CLAIM("channel crash: a room that crashes sends no goodbye") {
  client ann{Way::value};
  const auto join_ref = ann.join("room:boom", {{"user", "ann"}});
  ann.next(); // user_entered
  ann.next(); // joined
  ann.push("room:boom", "boom");
  CHECK(ann.next() == ann.crashed(join_ref, "room:boom"));
  CHECK(ann.hears_nothing());
}

CLAIM("unknown event: it is a programming error, and the channel crashes") {
  client ann{Way::value};
  const auto join_ref = ann.join("echo:a");
  ann.push("echo:a", "no_such_event");
  CHECK(ann.next() == ann.crashed(join_ref, "echo:a"));
}

CLAIM("event that is not a string: no handler matches it") {
  client ann{Way::value};
  ann.send_as("1", "7", "echo:a", 5);
  CHECK(ann.next() == ann.refused(nullptr, "7", "echo:a", "unmatched topic"));
  const auto join_ref = ann.join("echo:a");
  ann.send_as(join_ref, "8", "echo:a", 5);
  CHECK(ann.next() == ann.crashed(join_ref, "echo:a"));
}

CLAIM("better: in dev mode phx_error contains the text, which names the unknown event") {
  probe_process probe{{"--dev"}};
  client ann{Way::value, {.port = probe.port()}};
  ann.join("echo:a");
  ann.push("echo:a", "no_such_event");
  const auto told = ann.next();
  const auto& why = ann.speaks().vsn == 2 ? told[4] : told["payload"];
  REQUIRE(why.contains("reason"));
  CHECK(why["reason"].get<std::string>().find("no_such_event") != std::string::npos);
}
