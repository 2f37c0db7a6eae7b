#include <doctest/doctest.h>

#include <map>
#include <random>
#include <set>
#include <stdexcept>

#include <nlohmann/json.hpp>

#include "tests/actors/client_case.hpp"
#include <bennu/actors/channel.hpp>
#include <bennu/actors/message.hpp>
#include <bennu/actors/presence.hpp>

using namespace bennu;
using namespace bennu::engine;
using namespace std::chrono_literals;

namespace {

/// Tracks "ann" after the join, then updates or untracks it as the client asks.
class here_channel : public channel {
public:
  using channel::channel;

  join_result join(const json&) override {
    self()->send(self(), caf::atom("after_join"));
    return accept{};
  }

  const event_table& handle_in() const override {
    static const events<here_channel> table = {
      {"update", [](here_channel& self, const json& in) { self.presence().update("ann", in); }},
      {"grow",
       [](here_channel& self, const json&) {
         self.presence().update("ann", [](const json& old) { return json{{"n", old.at("n").get<int>() + 1}}; });
       }},
      {"untrack", [](here_channel& self, const json&) { self.presence().untrack("ann"); }},
      {"track", [](here_channel& self, const json& in) { self.presence().track(in.at("key"), in); }},
      {"leave", [](here_channel& self, const json& in) { self.presence().untrack(in.at("key")); }},
      {"state", [](here_channel& self, const json&) { self.push("presence_state", self.presence().list()); }},
      {"list", [](here_channel& self, const json&) { return reply::ok(self.presence().list()); }},
      {"again",
       [](here_channel& self, const json&) {
         return reply::ok(json{{"tracked", self.presence().track("ann", json{{"n", 7}}).has_value()}});
       }},
      {"crash", [](here_channel&, const json&) -> reply { throw std::runtime_error("as asked"); }},
    };
    return table;
  }

  caf::message_handler handle_info() override {
    return {[this](caf::atom_value) {
      presence().track("ann", {{"n", 1}});
      push("presence_state", presence().list());
    }};
  }
};

endpoint here(restart as = restart::transient) {
  return endpoint{"/socket"}.serve<test::open_socket>().channel<here_channel>("here:*", {.restart_as = as});
}

json event(const std::string& text, const char* name) {
  const auto frame = json::parse(text);
  REQUIRE(frame.at(3) == name);
  return frame.at(4);
}

/// Lets a window pass and returns the one diff that the client then receives.
json next_diff(test::client_case& client) {
  client.advance(20ms);
  const auto seen = client.seen();
  REQUIRE(seen.size() == 1);
  return event(seen[0], "presence_diff");
}

constexpr auto join_here = R"(["1","1","here:x","phx_join",{}])";

/// A client that keeps presences as the first phoenix.js did: it adds every join of a diff, even one that it has
/// already.
class old_client {
public:
  void see(const std::vector<std::string>& frames) {
    for (const auto& text : frames) {
      const auto frame = json::parse(text);
      if (frame.at(3) == "presence_state")
        state(frame.at(4));
      else if (frame.at(3) == "presence_diff")
        diff(frame.at(4));
    }
  }

  /// The refs of each key, in order of their text.
  std::map<std::string, std::multiset<std::string>> refs;

private:
  void state(const json& all) {
    refs.clear();
    for (const auto& [key, presence] : all.items())
      for (const auto& meta : presence["metas"])
        refs[key].insert(meta["phx_ref"]);
  }

  void diff(const json& x) {
    for (const auto& [key, presence] : x["joins"].items())
      for (const auto& meta : presence["metas"])
        refs[key].insert(meta["phx_ref"]);
    for (const auto& [key, presence] : x["leaves"].items())
      for (const auto& meta : presence["metas"])
        refs[key].erase(meta["phx_ref"]);
    std::erase_if(refs, [](const auto& entry) { return entry.second.empty(); });
  }
};

std::map<std::string, std::multiset<std::string>> refs_of(const payload& list) {
  old_client result;
  result.see({json{nullptr, nullptr, "here:x", "presence_state", list.value()}.dump()});
  return result.refs;
}

} // namespace

TEST_CASE("presence: a client receives its own join before the state that its channel pushes next, and never again") {
  test::client_case client{here()};
  client.send(join_here);
  const auto seen = client.seen();
  REQUIRE(seen.size() == 3);
  const auto diff = event(seen[1], "presence_diff");
  const auto state = event(seen[2], "presence_state");
  CHECK(state["ann"]["metas"][0]["n"] == 1);
  CHECK(diff["joins"] == state);
  CHECK(diff["leaves"] == json::object());
  client.advance(1s);
  CHECK(client.seen().empty());
}

TEST_CASE("presence: a presence in the state that a client received is not sent again as a join") {
  test::client_case client{here()};
  auto& all = client.home().presences();
  all.track(client.spawn_idle(), "here:x", "bob", json::object());
  client.advance(5ms);
  client.send(join_here);
  all.track(client.spawn_idle(), "here:x", "eve", json::object());
  old_client old;
  old.see(client.seen());
  CHECK(old.refs.size() == 2);
  const auto diff = next_diff(client);
  CHECK(diff["joins"].size() == 1);
  CHECK(diff["joins"].contains("eve"));
}

TEST_CASE("presence: a list that is not pushed hides nothing from the client") {
  test::client_case client{here()};
  client.send(join_here);
  client.advance(20ms);
  client.seen();
  client.home().presences().track(client.spawn_idle(), "here:x", "bob", json::object());
  client.send(R"(["1","2","here:x","list",{}])");
  CHECK(event(client.seen().at(0), "phx_reply")["response"].contains("bob"));
  CHECK(next_diff(client)["joins"].contains("bob"));
}

TEST_CASE("presence: property: after any changes a client without de-duplication has the same presences as the list") {
  std::mt19937 random{11};
  for (int run = 0; run < 60; ++run) {
    CAPTURE(run);
    test::client_case client{here()};
    auto& all = client.home().presences();
    std::vector<caf::actor> others;
    for (int i = 0; i < 4; ++i)
      others.push_back(client.spawn_idle());
    old_client old;
    client.send(join_here);
    auto key = [&] { return std::string(1, static_cast<char>('a' + random() % 3)); };
    auto say = [&](const std::string& name) {
      client.send(R"(["1","2","here:x",")" + name + R"(",{"key":")" + key() + R"("}])");
    };
    for (int step = 0; step < 40; ++step) {
      const auto& other = others[random() % others.size()];
      switch (random() % 9) {
        case 0:
        case 1:
          all.track(other, "here:x", key(), json{{"n", step}});
          break;
        case 2:
          all.update(other, "here:x", key(), json{{"n", step}});
          break;
        case 3:
          all.untrack(other, "here:x", key());
          break;
        case 4:
          say("track");
          break;
        case 5:
          say("leave");
          break;
        case 6:
          say("state");
          break;
        case 7:
          say("list");
          break;
        default:
          client.advance(std::chrono::milliseconds{random() % 30});
      }
      old.see(client.seen());
    }
    client.advance(1s);
    old.see(client.seen());
    CHECK(old.refs == refs_of(all.list("here:x")));
  }
}

TEST_CASE("presence: an update is one diff whose new meta contains the ref of the old one") {
  test::client_case client{here()};
  client.send(join_here);
  const auto before = event(client.seen().at(1), "presence_diff")["joins"]["ann"]["metas"][0];
  client.send(R"(["1","2","here:x","update",{"n":5}])");
  auto diff = next_diff(client);
  CHECK(diff["leaves"]["ann"]["metas"][0] == before);
  CHECK(diff["joins"]["ann"]["metas"][0]["phx_ref_prev"] == before["phx_ref"]);
  client.send(R"(["1","3","here:x","grow",{}])");
  diff = next_diff(client);
  CHECK(diff["joins"]["ann"]["metas"][0]["n"] == 6);
}

// A client that asked for the list between the two has seen the presence.
TEST_CASE("presence: a track and an untrack within one window are sent one after the other") {
  test::client_case client{here()};
  client.send_at_once({join_here, R"(["1","2","here:x","untrack",{}])"});
  client.advance(1s);
  auto seen = client.seen();
  std::erase_if(seen, [](auto& x) { return x.find("presence_diff") == x.npos; });
  REQUIRE(seen.size() == 2);
  const auto came = event(seen[0], "presence_diff");
  const auto went = event(seen[1], "presence_diff");
  CHECK(came["joins"]["ann"]["metas"].size() == 1);
  CHECK(came["leaves"] == json::object());
  CHECK(went["joins"] == json::object());
  CHECK(went["leaves"] == came["joins"]);
}

TEST_CASE("presence: one actor tracks a key once, any number of actors may track the same key") {
  test::client_case client{here()};
  client.send(join_here);
  client.seen();
  client.send(R"(["1","2","here:x","again",{}])");
  CHECK(event(client.seen().at(0), "phx_reply")["response"]["tracked"] == false);
  client.advance(20ms);
  client.seen();
  auto& all = client.home().presences();
  const auto other = client.spawn_idle();
  CHECK(all.track(other, "here:x", "ann", json{{"n", 2}}));
  CHECK(all.count("here:x") == 2);
  CHECK(all.get_by_key("here:x", "ann").value()["metas"].size() == 2);
  CHECK(next_diff(client)["joins"]["ann"]["metas"].size() == 1);
}

TEST_CASE("presence: what an actor tracks leaves when the actor ends in any way") {
  test::client_case client{here(restart::temporary)};
  client.send(join_here);
  client.advance(20ms);
  client.seen();
  const auto other = client.spawn_idle();
  client.home().presences().track(other, "here:x", "bob", json::object());
  CHECK(next_diff(client)["joins"].contains("bob"));
  signal_exit(other, exits::kill());
  client.settle();
  CHECK(next_diff(client)["leaves"].contains("bob"));
  client.send(R"(["1","2","here:x","crash",{}])");
  client.advance(20ms);
  CHECK(client.home().presences().count("here:x") == 0);
}

TEST_CASE("presence: a channel that is restarted in place tracks itself anew, and its client sees it once") {
  test::client_case client{here()};
  old_client old;
  client.send(join_here);
  client.advance(20ms);
  old.see(client.seen());
  const auto before = old.refs;
  client.send(R"(["1","2","here:x","crash",{}])");
  CHECK(client.home().presences().count("here:x") == 1);
  client.advance(20ms);
  old.see(client.seen());
  CHECK(old.refs != before);
  CHECK(old.refs == refs_of(client.home().presences().list("here:x")));
}

TEST_CASE("presence: a crash of a shard's actor loses nothing, and actors that end meanwhile leave") {
  test::client_case client{here()};
  client.send(join_here);
  client.advance(20ms);
  client.seen();
  const auto other = client.spawn_idle();
  client.home().presences().track(other, "here:x", "bob", json::object());
  next_diff(client);
  client.crash_presence("here:x");
  CHECK(client.home().presences().count("here:x") == 2);
  signal_exit(other, exits::kill());
  client.settle();
  CHECK(next_diff(client)["leaves"].contains("bob"));
}

namespace {

/// Knows the name of everyone, and records its calls.
class names : public presence_handler {
public:
  json fetch(const std::string&, json presences) override {
    for (auto& [key, presence] : presences.items())
      presence["name"] = "Ms " + key;
    return presences;
  }

  void handle_metas(const std::string& topic, const json& difference, const json& present) override {
    told.push_back(topic + " " + std::to_string(difference["joins"].size()) + " of " + std::to_string(present.size()));
  }

  std::vector<std::string> told;
};

} // namespace

TEST_CASE(
  "presence: the application's fetch enriches states and diffs, and its handle_metas is called for every change") {
  const auto handler = std::make_shared<names>();
  test::client_case client{here(), [&](node& home) { home.presences().handle_with(handler); }};
  client.send(join_here);
  const auto seen = client.seen();
  CHECK(event(seen.at(2), "presence_state")["ann"]["name"] == "Ms ann");
  const auto diff = event(seen.at(1), "presence_diff");
  CHECK(diff["joins"]["ann"]["name"] == "Ms ann");
  CHECK(diff["joins"]["ann"]["metas"][0]["n"] == 1);
  CHECK(client.home().presences().get_by_key("here:x", "ann").value()["name"] == "Ms ann");
  client.advance(20ms);
  CHECK(handler->told == std::vector<std::string>{"here:x 1 of 1"});
}

TEST_CASE("bounds: presence_limits: what the node has no room for is not tracked, changes nothing, and is counted; a "
          "leave makes room") {
  auto of_node = test::client_case::without_threads();
  of_node.presence.limits = {.max_presences = 2, .max_bytes = 60};
  test::client_case test{here(), {}, {}, of_node};
  test.send(join_here);
  const auto keys = [&test] {
    test.advance(20ms);
    test.seen();
    test.send(R"(["1","9","here:x","list",{}])");
    const auto state = event(test.seen().front(), "phx_reply")["response"];
    std::string result;
    for (const auto& [key, presence] : state.items())
      result += key + presence["metas"][0].value("text", "") + " ";
    return result;
  };
  test.send(R"(["1","2","here:x","track",{"key":"bob"}])");
  test.send(R"(["1","3","here:x","track",{"key":"cat"}])");
  CHECK(keys() == "ann bob ");
  CHECK(test.events("limit.hit") == 1);
  test.send(R"(["1","4","here:x","update",{"text":"much longer than sixty bytes in all, which is the limit"}])");
  CHECK(keys() == "ann bob ");
  CHECK(test.events("limit.hit") == 2);
  test.send(R"(["1","5","here:x","leave",{"key":"bob"}])");
  test.send(R"(["1","6","here:x","track",{"key":"cat"}])");
  CHECK(keys() == "ann cat ");
}
