#include <doctest/doctest.h>

#include <map>
#include <memory>
#include <random>
#include <set>
#include <stdexcept>

#include <nlohmann/json.hpp>

#include "tests/actors/answers.hpp"
#include <bennu/actors/channel.hpp>
#include <bennu/actors/message.hpp>
#include <bennu/actors/node.hpp>
#include <bennu/actors/presence.hpp>
#include <bennu/supervision/exit.hpp>
#include <bennu/supervision/process.hpp>
#include <bennu/testing/channel_case.hpp>

using namespace bennu;
using namespace bennu::test;
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

endpoint here(restart as) {
  return endpoint{"/socket"}.serve<open_socket>().channel<here_channel>("here:*", {.restart_as = as});
}

constexpr auto whole_window = 20ms;

/// A client of `here:x`.
struct here_case : channel_case {
  explicit here_case(restart as = restart::transient, channel_case_options options = {})
    : channel_case(here(as), std::move(options)) {}

  /// Joins, and lets the window of presence pass. @returns the channel, whose client has received all of that.
  test_channel join_and_wait() {
    auto result = client.join("here:x");
    advance(whole_window);
    client.forget_received();
    return result;
  }

  /// Lets a window pass and returns the one diff that the client then receives.
  json next_diff() {
    advance(whole_window);
    const auto result = client.expect_received("here:x", "presence_diff");
    client.expect_nothing();
    return result;
  }

  bennu::presence& all = home().presences();
  test_client client = connect();
};

/// A client that keeps presences as the first phoenix.js did: it adds every join of a diff, even one that it has
/// already.
class old_client {
public:
  void see(const std::vector<json>& messages) {
    for (const auto& x : messages) {
      if (x.at("event") == "presence_state")
        state(x.at("payload"));
      else if (x.at("event") == "presence_diff")
        diff(x.at("payload"));
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
  result.see({json{{"event", "presence_state"}, {"payload", list.value()}}});
  return result.refs;
}

} // namespace

TEST_CASE("presence: a client receives its own join before the state that its channel pushes next, and never again") {
  here_case test;
  const auto join = test.client.begin_join("here:x");
  json diff, state;
  test.client.expect_exactly(
    {reply_to(join, "ok"), broadcasted("presence_diff", capture(diff)), pushed("presence_state", capture(state))});
  CHECK(state["ann"]["metas"][0]["n"] == 1);
  CHECK(diff["joins"] == state);
  CHECK(diff["leaves"] == json::object());
  test.advance(1s);
  test.client.expect_nothing();
}

TEST_CASE("presence: a presence in the state that a client received is not sent again as a join") {
  here_case test;
  const auto bob = test.track("here:x", "bob");
  test.advance(5ms);
  test.client.begin_join("here:x");
  const auto eve = test.track("here:x", "eve");
  old_client old;
  old.see(test.client.take_received());
  CHECK(old.refs.size() == 2);
  const auto diff = test.next_diff();
  CHECK(diff["joins"].size() == 1);
  CHECK(diff["joins"].contains("eve"));
}

TEST_CASE("presence: a list that is not pushed hides nothing from the client") {
  here_case test;
  const auto here = test.join_and_wait();
  const auto bob = test.track("here:x", "bob");
  here.expect_reply(here.push("list"), "ok", {{"bob", any()}});
  CHECK(test.next_diff()["joins"].contains("bob"));
}

TEST_CASE("presence: property: after any changes a client without de-duplication has the same presences as the list") {
  std::mt19937 random{11};
  for (int run = 0; run < 60; ++run) {
    CAPTURE(run);
    here_case test;
    std::vector<caf::actor> others;
    for (int i = 0; i < 4; ++i)
      others.push_back(test.spawn_idle());
    old_client old;
    const auto here = test.client.join("here:x");
    auto key = [&] { return std::string(1, static_cast<char>('a' + random() % 3)); };
    auto say = [&](const char* name) { here.push(name, {{"key", key()}}); };
    for (int step = 0; step < 40; ++step) {
      const auto& other = others[random() % others.size()];
      switch (random() % 9) {
        case 0:
        case 1:
          test.all.track(other, "here:x", key(), json{{"n", step}});
          break;
        case 2:
          test.all.update(other, "here:x", key(), json{{"n", step}});
          break;
        case 3:
          test.all.untrack(other, "here:x", key());
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
          test.advance(std::chrono::milliseconds{random() % 30});
      }
      old.see(test.client.take_received());
    }
    test.advance(1s);
    old.see(test.client.take_received());
    CHECK(old.refs == refs_of(test.all.list("here:x")));
  }
}

TEST_CASE("presence: an update is one diff whose new meta contains the ref of the old one") {
  here_case test;
  const auto here = test.client.join("here:x");
  const auto before = here.expect_received("presence_diff")["joins"]["ann"]["metas"][0];
  test.client.forget_received();
  here.push("update", {{"n", 5}});
  auto diff = test.next_diff();
  CHECK(diff["leaves"]["ann"]["metas"][0] == before);
  CHECK(diff["joins"]["ann"]["metas"][0]["phx_ref_prev"] == before["phx_ref"]);
  here.push("grow");
  diff = test.next_diff();
  CHECK(diff["joins"]["ann"]["metas"][0]["n"] == 6);
}

// A client that asked for the list between the two has seen the presence.
TEST_CASE("presence: a track and an untrack within one window are sent one after the other") {
  here_case test;
  test.at_once([&] { test.client.joined(test.client.begin_join("here:x")).push("untrack"); });
  test.advance(1s);
  const auto came = test.client.expect_received("here:x", "presence_diff");
  const auto went = test.client.expect_received("here:x", "presence_diff");
  test.client.expect_not_received("here:x", "presence_diff");
  CHECK(came["joins"]["ann"]["metas"].size() == 1);
  CHECK(came["leaves"] == json::object());
  CHECK(went["joins"] == json::object());
  CHECK(went["leaves"] == came["joins"]);
}

TEST_CASE("presence: one actor tracks a key once, any number of actors may track the same key") {
  here_case test;
  const auto here = test.client.join("here:x");
  here.expect_reply(here.push("again"), "ok", exactly({{"tracked", false}}));
  test.advance(whole_window);
  test.client.forget_received();
  const auto other = test.spawn_idle();
  CHECK(test.all.track(other, "here:x", "ann", json{{"n", 2}}));
  CHECK(test.all.count("here:x") == 2);
  CHECK(test.all.get_by_key("here:x", "ann").value()["metas"].size() == 2);
  CHECK(test.next_diff()["joins"]["ann"]["metas"].size() == 1);
}

TEST_CASE("presence: what an actor tracks leaves when the actor ends in any way") {
  here_case test{restart::temporary};
  const auto here = test.join_and_wait();
  const auto other = test.spawn_idle();
  test.all.track(other, "here:x", "bob", json::object());
  CHECK(test.next_diff()["joins"].contains("bob"));
  signal_exit(other, exits::kill());
  CHECK(test.next_diff()["leaves"].contains("bob"));
  here.push("crash");
  test.advance(whole_window);
  CHECK(test.all.count("here:x") == 0);
}

TEST_CASE("presence: a channel that is restarted in place tracks itself anew, and its client sees it once") {
  here_case test;
  old_client old;
  const auto here = test.client.join("here:x");
  test.advance(whole_window);
  old.see(test.client.take_received());
  const auto before = old.refs;
  here.push("crash");
  CHECK(test.all.count("here:x") == 1);
  test.advance(whole_window);
  old.see(test.client.take_received());
  CHECK(old.refs != before);
  CHECK(old.refs == refs_of(test.all.list("here:x")));
}

TEST_CASE("presence: a crash of a shard's actor loses nothing, and actors that end meanwhile leave") {
  here_case test;
  test.join_and_wait();
  const auto other = test.spawn_idle();
  test.all.track(other, "here:x", "bob", json::object());
  test.next_diff();
  signal_exit(test.all.actor_of("here:x"), exits::kill());
  test.settle();
  CHECK(test.all.count("here:x") == 2);
  signal_exit(other, exits::kill());
  CHECK(test.next_diff()["leaves"].contains("bob"));
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
  here_case test{restart::transient, {.prepare = [&](node& home) { home.presences().handle_with(handler); }}};
  const auto here = test.client.join("here:x");
  here.expect_push("presence_state", {{"ann", {{"name", "Ms ann"}}}});
  here.expect_received("presence_diff", {{"joins", {{"ann", {{"name", "Ms ann"}, {"metas", list({{{"n", 1}}})}}}}}});
  CHECK(test.all.get_by_key("here:x", "ann").value()["name"] == "Ms ann");
  test.advance(whole_window);
  CHECK(handler->told == std::vector<std::string>{"here:x 1 of 1"});
}

TEST_CASE("bounds: presence_limits: what the node has no room for is not tracked, changes nothing, and is counted; a "
          "leave makes room") {
  here_case test{restart::transient,
                 {.configure = [](node_options& x) { x.presence.limits = {.max_presences = 2, .max_bytes = 60}; }}};
  const auto here = test.client.join("here:x");
  const auto keys = [&] {
    test.advance(whole_window);
    const auto state = here.expect_reply(here.push("list"), "ok");
    std::string result;
    for (const auto& [key, presence] : state.items())
      result += key + presence["metas"][0].value("text", "") + " ";
    return result;
  };
  here.push("track", {{"key", "bob"}});
  here.push("track", {{"key", "cat"}});
  CHECK(keys() == "ann bob ");
  CHECK(test.events("limit.hit") == 1);
  here.push("update", {{"text", "much longer than sixty bytes in all, which is the limit"}});
  CHECK(keys() == "ann bob ");
  CHECK(test.events("limit.hit") == 2);
  here.push("leave", {{"key", "bob"}});
  here.push("track", {{"key", "cat"}});
  CHECK(keys() == "ann cat ");
}
