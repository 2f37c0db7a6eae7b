#include "tests/wire/client.hpp"

using namespace bennu::test;

CLAIM("join: it is answered with the channel's response") {
  client ann{Way::value};
  ann.send_as("1", "1", "echo:a", "phx_join", {{"x", 1}});
  CHECK(ann.next() == ann.replied("1", "1", "echo:a", "ok", {{"x", 1}}));
}

CLAIM("join of a room: the reply, then its broadcast, then its push") {
  client ann{Way::value, {.params = "user_id=u1"}};
  const auto ref = ann.join("room:join-order", {{"user", "ann"}});
  CHECK(ann.next() == ann.broadcasted("room:join-order", "user_entered", {{"user", "ann"}}));
  CHECK(ann.next() == ann.pushed(ref, "room:join-order", "joined", {{"status", "connected"}, {"user_id", "u1"}}));
}

CLAIM("unmatched topic: for a join and for an event, with a null join_ref") {
  client ann{Way::value};
  ann.send_as("1", "2", "nowhere:a", "phx_join");
  CHECK(ann.next() == ann.refused(nullptr, "2", "nowhere:a", "unmatched topic"));
  ann.send_as("1", "3", "nowhere:a", "hello");
  CHECK(ann.next() == ann.refused(nullptr, "3", "nowhere:a", "unmatched topic"));
}

CLAIM("unmatched topic: an event on a topic that was not joined, or whose channel stopped or crashed") {
  client ann{Way::value};
  ann.send_as("1", "a", "echo:a", "echo");
  CHECK(ann.next() == ann.refused(nullptr, "a", "echo:a", "unmatched topic"));
  for (const auto* end : {"stop", "crash"}) {
    const auto join_ref = ann.join("echo:a");
    ann.push("echo:a", end);
    CHECK(ann.next()
          == (end == std::string_view{"stop"} ? ann.closed(join_ref, "echo:a") : ann.crashed(join_ref, "echo:a")));
    ann.send_as(join_ref, "b", "echo:a", "echo");
    CHECK(ann.next() == ann.refused(nullptr, "b", "echo:a", "unmatched topic"));
  }
}

CLAIM("refused join: it echoes the join_ref, and can be retried") {
  client ann{Way::value};
  for (const auto* ref : {"1", "2"}) {
    ann.send_as(ref, ref, "echo:deny", "phx_join");
    CHECK(ann.next() == ann.refused(ref, ref, "echo:deny", "unauthorized"));
  }
}

CLAIM("join handler throws: `join crashed`") {
  client ann{Way::value};
  ann.send_as("1", "1", "echo:joincrash", "phx_join");
  CHECK(ann.next() == ann.refused("1", "1", "echo:joincrash", "join crashed"));
  CHECK(ann.hears_nothing());
}

CLAIM("duplicate join: the new join's ok first, then phx_close of the old one, whose join_ref is then ignored") {
  client ann{Way::value};
  const auto old = ann.join("echo:duplicate");
  ann.send_as("new", "new", "echo:duplicate", "phx_join");
  CHECK(ann.next() == ann.replied("new", "new", "echo:duplicate", "ok"));
  CHECK(ann.next() == ann.closed(old, "echo:duplicate"));
  ann.send_as(old, "stale", "echo:duplicate", "echo");
  ann.send_as("new", "fresh", "echo:duplicate", "echo");
  CHECK(ann.next() == ann.replied("new", "fresh", "echo:duplicate", "ok"));
  ann.send_as("new", "shout", "echo:duplicate", "shout"); // in Phoenix it may arrive twice for a moment
  CHECK(ann.next() == ann.broadcasted("echo:duplicate", "shout"));
  CHECK(ann.hears_nothing());
}

CLAIM("stale join_ref: the event or leave is silently ignored") {
  client ann{Way::value};
  const auto join_ref = ann.join("echo:a");
  for (const auto* event : {"echo", "phx_leave", "crash"})
    ann.send_as("stale", "2", "echo:a", event);
  const auto ref = ann.push("echo:a", "echo");
  CHECK(ann.next() == ann.replied(join_ref, ref, "echo:a", "ok"));
}

CLAIM("null join_ref: an event or a leave of a joined topic belongs to its present join, whose join_ref the answer "
      "carries") {
  client ann{Way::value};
  const auto join_ref = ann.join("echo:a");
  ann.send_as(nullptr, "2", "echo:a", "echo", {{"x", 1}});
  CHECK(ann.next() == ann.replied(join_ref, "2", "echo:a", "ok", {{"x", 1}}));
  ann.send_as(nullptr, "3", "echo:a", "phx_leave");
  CHECK(ann.next() == ann.replied(join_ref, "3", "echo:a", "ok"));
  CHECK(ann.next() == ann.closed(join_ref, "echo:a"));
  ann.send_as(nullptr, "4", "echo:a", "echo");
  CHECK(ann.next() == ann.refused(nullptr, "4", "echo:a", "unmatched topic"));
}

CLAIM(
  "join with a null join_ref: only null matches; replies to events carry the join's ref, to the join what it sent") {
  client ann{Way::value};
  ann.send_as(nullptr, "4", "echo:deny", "phx_join");
  CHECK(ann.next() == ann.replied(nullptr, "4", "echo:deny", "error", {{"reason", "unauthorized"}}));
  ann.send_as(nullptr, "5", "echo:a", "phx_join");
  CHECK(ann.next() == ann.replied(nullptr, "5", "echo:a", "ok"));
  for (const json& stale : {json("anything"), json("5"), json(7)})
    ann.send_as(stale, "6", "echo:a", "echo");
  ann.send_as(nullptr, "7", "echo:a", "echo", {{"x", 1}});
  CHECK(ann.next() == ann.replied("5", "7", "echo:a", "ok", {{"x", 1}}));
}

CLAIM("refusals echo the join_ref of the request, whatever the ref") {
  client ann{Way::value};
  ann.send_as("j", "r", "echo:deny", "phx_join");
  CHECK(ann.next() == ann.replied("j", "r", "echo:deny", "error", {{"reason", "unauthorized"}}));
  ann.send_as("j", "r", "echo:joincrash", "phx_join");
  CHECK(ann.next() == ann.replied("j", "r", "echo:joincrash", "error", {{"reason", "join crashed"}}));
}

CLAIM("a join whose payload matches no handler has crashed") {
  client ann{Way::value};
  ann.send_as("j", "r", "presence:a", "phx_join", {{"no", "key"}});
  CHECK(ann.next() == ann.replied("j", "r", "presence:a", "error", {{"reason", "join crashed"}}));
}

CLAIM("a join immediately after an end: the end is sent once") {
  client ann{Way::value};
  ann.send_as("1", "1", "echo:a", "phx_join");
  ann.send_as("1", "2", "echo:a", "stop");
  ann.send_as("3", "3", "echo:a", "phx_join");
  ann.send_as("3", "4", "echo:a", "echo");
  int ends = 0;
  for (json x = ann.next(); x != ann.replied("3", "4", "echo:a", "ok"); x = ann.next())
    ends += x.dump().find("phx_close") != std::string::npos ? 1 : 0;
  CHECK(ends == 1);
}

CLAIM("over the channel limit: an error reply; with one channel less the join succeeds") {
  client ann{Way::value};
  for (int i = 0; i < 100; ++i)
    ann.join("echo:" + std::to_string(i));
  ann.send_as("a", "a", "echo:100", "phx_join");
  CHECK(ann.next() == ann.refused("a", "a", "echo:100", "too many channels joined"));
  ann.send_as("1", "b", "echo:0", "phx_leave");
  CHECK(ann.next() == ann.replied("1", "b", "echo:0", "ok"));
  CHECK(ann.next() == ann.closed("1", "echo:0"));
  ann.join("echo:100");
}

CLAIM("at the channel limit: an unmatched topic is checked first, a duplicate join succeeds") {
  client ann{Way::value, {.socket = "/strict", .origin = "http://example.com"}};
  const auto first = ann.join("echo:a");
  ann.send_as("2", "2", "nowhere:a", "phx_join");
  CHECK(ann.next() == ann.refused(nullptr, "2", "nowhere:a", "unmatched topic"));
  ann.send_as("3", "3", "echo:b", "phx_join");
  CHECK(ann.next() == ann.refused("3", "3", "echo:b", "too many channels joined"));
  ann.send_as("4", "4", "echo:a", "phx_join");
  CHECK(ann.next() == ann.replied("4", "4", "echo:a", "ok"));
  CHECK(ann.next() == ann.closed(first, "echo:a"));
}

CLAIM("joins sent without waiting: a refused one uses no slot, two of one topic are both answered") {
  client ann{Way::value, {.socket = "/strict", .origin = "http://example.com"}};
  ann.send_as("1", "1", "echo:deny", "phx_join");
  ann.send_as("2", "2", "echo:a", "phx_join");
  ann.send_as("3", "3", "echo:b", "phx_join");
  ann.send_as("4", "4", "echo:a", "phx_join");
  CHECK(ann.next() == ann.refused("1", "1", "echo:deny", "unauthorized"));
  CHECK(ann.next() == ann.replied("2", "2", "echo:a", "ok"));
  CHECK(ann.next() == ann.refused("3", "3", "echo:b", "too many channels joined"));
  CHECK(ann.next() == ann.replied("4", "4", "echo:a", "ok"));
  CHECK(ann.next() == ann.closed("2", "echo:a"));
}

CLAIM("duplicate join of a room: the new ok, then the old channel's last pushes, then its phx_close") {
  client ann{Way::value};
  const std::string topic = "room:twice";
  const auto old = ann.join(topic);
  CHECK(ann.next() == ann.broadcasted(topic, "user_entered", {{"user", nullptr}}));
  CHECK(ann.next() == ann.pushed(old, topic, "joined", {{"status", "connected"}, {"user_id", nullptr}}));
  const auto fresh = ann.join(topic);
  CHECK(ann.next() == ann.pushed(old, topic, "you_left", {{"message", "bye!"}}));
  CHECK(ann.next() == ann.closed(old, topic));
  CHECK(ann.next() == ann.broadcasted(topic, "user_entered", {{"user", nullptr}}));
  CHECK(ann.next() == ann.pushed(fresh, topic, "joined", {{"status", "connected"}, {"user_id", nullptr}}));
}

CLAIM("at the channel limit: the refusal echoes the join_ref of the request, whatever the ref") {
  client ann{Way::value, {.socket = "/strict", .origin = "http://example.com"}};
  ann.join("echo:a");
  for (const json& join_ref : {json("j"), json(7), json(nullptr)}) {
    ann.send_as(join_ref, "r", "echo:b", "phx_join");
    CHECK(ann.next() == ann.refused(join_ref, "r", "echo:b", "too many channels joined"));
  }
}

CLAIM("refused and crashed joins use no slot of the channel limit") {
  client ann{Way::value, {.socket = "/strict", .origin = "http://example.com"}};
  ann.send_as("d", "d", "echo:deny", "phx_join");
  CHECK(ann.next() == ann.refused("d", "d", "echo:deny", "unauthorized"));
  ann.send_as("c", "c", "echo:joincrash", "phx_join");
  CHECK(ann.next() == ann.refused("c", "c", "echo:joincrash", "join crashed"));
  ann.join("echo:a");
}
