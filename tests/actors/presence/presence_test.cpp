#include <doctest/doctest.h>

#include <stdexcept>

#include <nlohmann/json.hpp>

#include "tests/actors/client_case.hpp"
#include <bennu/actors/channel.hpp>
#include <bennu/actors/presence_handler.hpp>

using namespace bennu;
using namespace bennu::engine;
using namespace std::chrono_literals;

namespace {

/// Tracks "ann" after the join, then does with it what the client says.
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

} // namespace

TEST_CASE("presence: an actor that tracks itself is in the state immediately, and in a diff after the window") {
  test::client_case client{here()};
  client.send(join_here);
  const auto seen = client.seen();
  REQUIRE(seen.size() == 2);
  const auto state = event(seen[1], "presence_state");
  CHECK(state["ann"]["metas"][0]["n"] == 1);
  const auto diff = next_diff(client);
  CHECK(diff["joins"] == state);
  CHECK(diff["leaves"] == json::object());
}

TEST_CASE("presence: an update is one diff whose new meta contains the ref of the old one") {
  test::client_case client{here()};
  client.send(join_here);
  client.seen();
  const auto before = next_diff(client)["joins"]["ann"]["metas"][0];
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
  client.seen();
  client.advance(1s);
  const auto seen = client.seen();
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

TEST_CASE("presence: a channel that restarts in place tracks itself again, and the others receive one change") {
  test::client_case client{here()};
  client.send(join_here);
  client.advance(20ms);
  client.seen();
  client.send(R"(["1","2","here:x","crash",{}])");
  CHECK(client.home().presences().count("here:x") == 1);
  client.seen();
  const auto diff = next_diff(client);
  CHECK(diff["leaves"]["ann"]["metas"].size() == 1);
  CHECK(diff["joins"]["ann"]["metas"].size() == 1);
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
  CHECK(event(client.seen().at(1), "presence_state")["ann"]["name"] == "Ms ann");
  const auto diff = next_diff(client);
  CHECK(diff["joins"]["ann"]["name"] == "Ms ann");
  CHECK(diff["joins"]["ann"]["metas"][0]["n"] == 1);
  CHECK(client.home().presences().get_by_key("here:x", "ann").value()["name"] == "Ms ann");
  CHECK(handler->told == std::vector<std::string>{"here:x 1 of 1"});
}
