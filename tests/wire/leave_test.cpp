#include "tests/wire/client.hpp"

using namespace bennu::test;

CLAIM("leave: phx_reply ok, then phx_close, then the pushes of terminate") {
  client ann{Way::value};
  const auto join_ref = ann.join("room:leave", {{"user", "ann"}});
  ann.next(); // user_entered
  ann.next(); // joined
  const auto ref = ann.push("room:leave", "phx_leave");
  CHECK(ann.next() == ann.replied(join_ref, ref, "room:leave", "ok"));
  CHECK(ann.next() == ann.closed(join_ref, "room:leave"));
  CHECK(ann.next() == ann.pushed(join_ref, "room:leave", "you_left", {{"message", "bye!"}}));
}

CLAIM("leave of a topic that was not joined: ok with the refs echoed, of any JSON type; no phx_close") {
  client ann{Way::value};
  for (const json& topic : {json("echo:a"), json("nowhere:a"), json(15), json(nullptr)}) {
    ann.send_as("9", "1", topic, "phx_leave");
    CHECK(ann.next() == ann.replied("9", "1", topic, "ok"));
  }
  CHECK(ann.hears_nothing());
}

CLAIM("stop: phx_close, and the topic can be joined again") {
  client ann{Way::value};
  const auto join_ref = ann.join("echo:a");
  ann.push("echo:a", "stop");
  CHECK(ann.next() == ann.closed(join_ref, "echo:a"));
  ann.join("echo:a");
}

CLAIM("stop with reply: the reply, then phx_close") {
  client ann{Way::value};
  const auto join_ref = ann.join("echo:a");
  const auto ref = ann.push("echo:a", "stop_reply", {{"x", 1}});
  CHECK(ann.next() == ann.replied(join_ref, ref, "echo:a", "ok", {{"x", 1}}));
  CHECK(ann.next() == ann.closed(join_ref, "echo:a"));
}

// In Phoenix a broadcast can still arrive for a moment.
CLAIM("better: after phx_close no broadcast of the topic arrives") {
  client stays{Way::value}, leaves{Way::value};
  stays.join("echo:left");
  const auto join_ref = leaves.join("echo:left");
  const auto ref = leaves.push("echo:left", "phx_leave");
  CHECK(leaves.next() == leaves.replied(join_ref, ref, "echo:left", "ok"));
  CHECK(leaves.next() == leaves.closed(join_ref, "echo:left"));
  stays.push("echo:left", "shout", {{"x", 1}});
  CHECK(stays.next() == stays.broadcasted("echo:left", "shout", {{"x", 1}}));
  CHECK(leaves.hears_nothing());
}
