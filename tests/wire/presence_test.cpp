#include <algorithm>
#include <initializer_list>
#include <map>
#include <string>
#include <tuple>
#include <utility>

#include "tests/wire/client.hpp"

using namespace bennu::test;

namespace {

/// The part of a presence message for one key.
json metas(std::initializer_list<json> all) {
  auto list = json::array();
  for (const auto& x : all)
    list.push_back(x);
  return {{"metas", list}};
}

/// A separate topic for each serializer and transport, because earlier members may not have left yet.
std::string topic_for(way how, const std::string& name) {
  return "presence:" + name + std::to_string(how.vsn) + (how.transport == over::websocket ? "w" : "p");
}

json diff_of(const json& joins, const json& leaves = json::object()) {
  return {{"joins", joins}, {"leaves", leaves}};
}

json with(json meta, const char* name, const json& value) {
  meta[name] = value;
  return meta;
}

/// The next two messages, first the one with this event, because their order is not guaranteed.
std::pair<json, json> next_two(client& who, std::string_view event) {
  auto first = who.next();
  auto second = who.next();
  if ((who.speaks().vsn == 2 ? first[3] : first["event"]) != event)
    std::swap(first, second);
  return {std::move(first), std::move(second)};
}

/// A client that is tracked.
struct tracked {
  tracked(way how, std::string at, std::string as, json said)
    : who(how), topic(std::move(at)), key(std::move(as)), join_ref(who.join(topic, {{"key", key}, {"meta", said}})) {
    std::tie(state, diff) = next_two(who, "presence_state");
    meta = with(std::move(said), "phx_ref", who.payload_of(diff)["joins"][key]["metas"][0]["phx_ref"]);
  }

  client who;
  std::string topic;
  std::string key;
  std::string join_ref;
  json state, diff; ///< what it received after the join
  json meta;        ///< the meta of its presence, with the ref
};

} // namespace

CLAIM("presence: after the join the state is pushed and a diff contains the join; every meta has its phx_ref") {
  tracked ann{Way::value, topic_for(Way::value, "join"), "ann", {{"at", 1}}};
  CHECK(ann.meta["phx_ref"].is_string());
  CHECK(ann.meta["phx_ref"] != "");
  CHECK(ann.state == ann.who.pushed(ann.join_ref, ann.topic, "presence_state", {{"ann", metas({ann.meta})}}));
  CHECK(ann.diff == ann.who.broadcasted(ann.topic, "presence_diff", diff_of({{"ann", metas({ann.meta})}})));
}

CLAIM("presence: a second client finds the first in the state, and the first receives a diff with the second only") {
  tracked ann{Way::value, topic_for(Way::value, "second"), "ann", json::object()};
  tracked bob{Way::value, ann.topic, "bob", {{"at", 2}}};
  CHECK(bob.meta["phx_ref"] != ann.meta["phx_ref"]);
  const json both = {{"ann", metas({ann.meta})}, {"bob", metas({bob.meta})}};
  CHECK(bob.state == bob.who.pushed(bob.join_ref, bob.topic, "presence_state", both));
  CHECK(ann.who.next() == ann.who.broadcasted(ann.topic, "presence_diff", diff_of({{"bob", metas({bob.meta})}})));
}

CLAIM("presence: an update is one diff with the join and the leave; the new meta has phx_ref_prev") {
  tracked ann{Way::value, topic_for(Way::value, "update"), "ann", {{"at", 1}}};
  tracked bob{Way::value, ann.topic, "bob", json::object()};
  ann.who.next(); // the diff with bob's join
  const auto ref = ann.who.push(ann.topic, "update", {{"at", 2}});
  const auto [reply, diff] = next_two(ann.who, "phx_reply");
  CHECK(reply == ann.who.replied(ann.join_ref, ref, ann.topic, "ok"));
  const auto next_ref = ann.who.payload_of(diff)["joins"]["ann"]["metas"][0]["phx_ref"];
  CHECK(next_ref != ann.meta["phx_ref"]);
  const json changed = {{"at", 2}, {"phx_ref", next_ref}, {"phx_ref_prev", ann.meta["phx_ref"]}};
  const auto told = diff_of({{"ann", metas({changed})}}, {{"ann", metas({ann.meta})}});
  CHECK(diff == ann.who.broadcasted(ann.topic, "presence_diff", told));
  CHECK(bob.who.next() == bob.who.broadcasted(bob.topic, "presence_diff", told));
  CHECK(ann.who.hears_nothing());
  CHECK(bob.who.hears_nothing());
}

CLAIM("presence: an untracked key leaves and is in no list any more; its channel continues") {
  tracked ann{Way::value, topic_for(Way::value, "untrack"), "ann", {{"at", 1}}};
  tracked bob{Way::value, ann.topic, "bob", json::object()};
  ann.who.next(); // the diff with bob's join
  const auto list = ann.who.push(ann.topic, "list");
  CHECK(
    ann.who.next()
    == ann.who.replied(ann.join_ref, list, ann.topic, "ok", {{"ann", metas({ann.meta})}, {"bob", metas({bob.meta})}}));
  const auto untrack = ann.who.push(ann.topic, "untrack");
  const auto [reply, diff] = next_two(ann.who, "phx_reply");
  const auto gone = diff_of(json::object(), {{"ann", metas({ann.meta})}});
  CHECK(reply == ann.who.replied(ann.join_ref, untrack, ann.topic, "ok"));
  CHECK(diff == ann.who.broadcasted(ann.topic, "presence_diff", gone));
  CHECK(bob.who.next() == bob.who.broadcasted(bob.topic, "presence_diff", gone));
  const auto again = ann.who.push(ann.topic, "list");
  CHECK(ann.who.next() == ann.who.replied(ann.join_ref, again, ann.topic, "ok", {{"bob", metas({bob.meta})}}));
}

CLAIM("presence: a key that two clients track has two metas, and each leaves with its client") {
  tracked phone{Way::value, topic_for(Way::value, "devices"), "ann", {{"on", "phone"}}};
  tracked desk{Way::value, phone.topic, "ann", {{"on", "desk"}}};
  const auto both = desk.who.payload_of(desk.state)["ann"]["metas"];
  CHECK(both.size() == 2);
  for (const auto* one : {&phone, &desk})
    CHECK(std::count(both.begin(), both.end(), one->meta) == 1);
  CHECK(phone.who.next()
        == phone.who.broadcasted(phone.topic, "presence_diff", diff_of({{"ann", metas({desk.meta})}})));
  desk.who.push(desk.topic, "phx_leave");
  const auto gone = diff_of(json::object(), {{"ann", metas({desk.meta})}});
  CHECK(phone.who.next() == phone.who.broadcasted(phone.topic, "presence_diff", gone));
}

CLAIM("presence: a channel that crashes and a connection that ends leave") {
  tracked ann{Way::value, topic_for(Way::value, "end"), "ann", json::object()};
  for (const auto* end : {"crash", "kick"}) {
    client bob{Way::value, {.params = "user_id=present"}};
    bob.join(ann.topic, {{"key", "bob"}});
    const auto came = ann.who.payload_of(ann.who.next())["joins"];
    if (end == std::string_view{"crash"}) {
      bob.push(ann.topic, "no_such_event");
    } else {
      client kicks{Way::value};
      kicks.join("echo:kick-present");
      kicks.push("echo:kick-present", "kick", {{"user_id", "present"}});
    }
    CHECK(came.contains("bob"));
    CHECK(ann.who.next() == ann.who.broadcasted(ann.topic, "presence_diff", diff_of(json::object(), came)));
  }
}

TEST_CASE("presence: all serializers and transports carry the same messages") {
  tracked ann{v1_websocket::value, "presence:ways", "ann", json::object()};
  tracked bob{v2_websocket::value, ann.topic, "bob", json::object()};
  tracked cat{v1_longpoll::value, ann.topic, "cat", json::object()};
  tracked dan{v2_longpoll::value, ann.topic, "dan", json::object()};
  tracked* all[] = {&ann, &bob, &cat, &dan};
  for (size_t first = 0; first < 4; ++first)
    for (size_t later = first + 1; later < 4; ++later)
      CHECK(all[first]->who.next()
            == all[first]->who.broadcasted(ann.topic, "presence_diff",
                                           diff_of({{all[later]->key, metas({all[later]->meta})}})));
}

// Applies diffs as the official client does: joins, identified by their marks, then leaves.
CLAIM("presence: for any sequence of requests, the state and the diffs together give the presences") {
  client ann{Way::value};
  const auto topic = topic_for(Way::value, "burst");
  ann.send_as("1", "1", topic, "phx_join", {{"key", "k"}, {"meta", {{"n", 0}}}});
  for (int n = 1; n <= 3; ++n)
    ann.send_as("1", "update", topic, "update", {{"n", n}});
  ann.send_as("1", "list", topic, "list");
  std::map<std::string, json> seen, listed;
  auto add = [](const json& of, auto& to) {
    if (of.contains("k"))
      for (auto& meta : of["k"]["metas"])
        to.emplace(meta["phx_ref"], meta);
  };
  for (bool last = false; !last || listed.empty();) {
    const auto message = ann.next();
    const auto event = ann.speaks().vsn == 2 ? message[3] : message["event"];
    const auto body = ann.payload_of(message);
    if (event == "presence_state")
      add(body, seen);
    if (event == "phx_reply" && (ann.speaks().vsn == 2 ? message[1] : message["ref"]) == "list")
      add(body["response"], listed);
    if (event != "presence_diff")
      continue;
    add(body["joins"], seen);
    if (body["leaves"].contains("k"))
      for (auto& meta : body["leaves"]["k"]["metas"])
        seen.erase(meta["phx_ref"]);
    last = seen.size() == 1 && seen.begin()->second["n"] == 3;
  }
  CHECK(seen.size() == 1);
  CHECK(listed.size() == 1);
}

CLAIM("presence: numbers and nested values in a meta stay unchanged") {
  client ann{Way::value};
  const auto topic = topic_for(Way::value, "exact");
  const std::string exact =
    R"("n":18446744073709551617,"f":1.0,"deep":)" + std::string(5'000, '[') + std::string(5'000, ']');
  ann.send_raw("1", "1", topic, "phx_join", R"({"key":"k","meta":{)" + exact + "}}");
  CHECK(ann.next() == ann.replied("1", "1", topic, "ok"));
  for (int told = 0; told < 2; ++told) // the state and the diff
    CHECK(ann.next_text().find(exact) != std::string::npos);
  ann.send_raw("1", "2", topic, "update", R"({"more":1,)" + exact + "}");
  for (bool told = false; !told;)
    told = ann.next_text().find(R"("joins":{"k":{"metas":[{"more":1,)" + exact) != std::string::npos;
}
