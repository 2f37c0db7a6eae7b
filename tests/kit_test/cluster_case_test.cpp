#include <doctest/doctest.h>
#include <nlohmann/json.hpp>

#include "tests/kit_test/failure.hpp"
#include <bennu/actors/channel.hpp>
#include <bennu/actors/global_names.hpp>
#include <bennu/actors/message.hpp>
#include <bennu/actors/node.hpp>
#include <bennu/supervision/child.hpp>
#include <bennu/testing/cluster_case.hpp>

using namespace bennu;
using namespace std::chrono_literals;

namespace {

struct member_socket : bennu::socket {
  connect_result connect(const connect_info& info) override {
    name = info.param("user");
    if (name.empty())
      return connect_refused{};
    return connected{};
  }
  std::string name;
};

struct greet_us {};

} // namespace

CAF_ALLOW_UNSAFE_MESSAGE_TYPE(greet_us)

namespace {

class lobby : public channel_of<lobby> {
public:
  using channel_of::channel_of;

  join_result join(const json&) override {
    self()->send(self(), greet_us{});
    return accept{};
  }

  static events<lobby> events_in() {
    return {{"say", [](lobby& self, const json& in) {
               self.broadcast("said", in);
               return reply::ok();
             }}};
  }

  caf::message_handler handle_info() override {
    return {[this](greet_us) { presence().track(socket_as<member_socket>().name, json::object()); }};
  }
};

endpoint lobbies(node&) {
  return endpoint{"/socket"}.serve<member_socket>().channel<lobby>("room:*");
}

caf::behavior leader(caf::event_based_actor*, int) {
  return {[](const global_name_conflict&) {}};
}

/// What a failing `for_seeds` says.
std::string report_of(uint64_t count, const std::function<void(cluster_case&)>& scenario) {
  try {
    for_seeds(count, lobbies, {.nodes = {"a", "b"}}, scenario);
  } catch (const expectation_failed& x) {
    return x.what();
  }
  return {};
}

// Numbers that each arrive at most once, and in order.
bool ascends(const std::vector<json>& payloads) {
  for (size_t i = 1; i < payloads.size(); ++i)
    if (payloads[i].at("n") <= payloads[i - 1].at("n"))
      return false;
  return true;
}

} // namespace

TEST_CASE("cluster_case: clients of two nodes talk, also after a cut between the nodes has healed") {
  cluster_case test{1, lobbies, {.nodes = {"a", "b"}}};
  auto ann = test.connect("a", {{"user", "ann"}}).join("room:lobby");
  auto bob = test.connect("b", {{"user", "bob"}}).join("room:lobby");
  test.expect_soon(
    "both are joined", [&] { return ann.is_joined() && bob.is_joined(); }, 5s);
  auto said = ann.push("say", {{"n", 1}});
  test.run_for(1s);
  CHECK(said.status() == "ok");
  CHECK(bob.received("said").size() == 1);
  test.cut("a", "b");
  test.run_for(10s);
  ann.push("say", {{"n", 2}});
  test.run_for(1s);
  CHECK(bob.received("said").size() == 1);
  CHECK(ann.received("said").size() == 2);
  test.heal("a", "b");
  test.run_for(10s);
  ann.push("say", {{"n", 3}});
  test.run_for(1s);
  CHECK(bob.received("said").size() == 2);
  CHECK(test.presence("a", "room:lobby").contains("bob"));
}

TEST_CASE(
  "cluster_case: a client whose node crashes rejoins when it runs again, and sends what it had pushed meanwhile") {
  cluster_case test{1, lobbies, {.nodes = {"a", "b"}}};
  auto client = test.connect("a", {{"user", "ann"}});
  auto ann = client.join("room:lobby");
  auto elsewhere = test.connect({}, {{"user", "bob"}});
  auto bob = elsewhere.join("room:lobby");
  test.run_for(2s);
  test.crash("a");
  test.run_for(1s);
  CHECK_FALSE(client.is_connected());
  auto said = ann.push("say", {{"n", 1}});
  test.run_for(1s);
  CHECK(said.status().empty());
  CHECK(elsewhere.node() == "b");
  test.restart("a");
  test.expect_soon(
    "the push is answered", [&] { return said.status() == "ok"; }, 20s);
  CHECK(client.connections() == 2);
  CHECK(ann.joins() == 2);
  test.stop("b");
  test.expect_soon(
    "bob moves to the other node", [&] { return elsewhere.node() == "a" && bob.is_joined(); }, 20s);
}

TEST_CASE("cluster_case: a refused socket and a paused node") {
  cluster_case test{1, lobbies, {.nodes = {"a"}}};
  auto stranger = test.connect("a");
  auto client = test.connect("a", {{"user", "ann"}});
  auto ann = client.join("room:lobby");
  test.run_for(2s);
  CHECK_FALSE(stranger.is_connected());
  test.pause("a", 5s);
  auto said = ann.push("say", {{"n", 1}});
  test.run_for(4s);
  CHECK(said.status().empty());
  test.run_for(2s);
  CHECK(said.status() == "ok");
  client.close();
  test.run_for(1s);
  CHECK_FALSE(client.is_connected());
  CHECK_FALSE(ann.is_joined());
}

TEST_CASE("cluster_case: global names and the application's own children work on every node") {
  std::vector<std::string> started;
  cluster_case_options options{.nodes = {"a", "b"}};
  options.children = [&](node& home) {
    started.push_back(home.name());
    auto start = [&home](caf::event_based_actor* parent, const start_cause&) -> start_result {
      auto actor = caf::actor{parent->spawn(leader, 0)};
      home.names().add("global:leader", actor, when_name_is_lost::notify);
      return actor;
    };
    return std::vector{child_spec{"leader", start}};
  };
  cluster_case test{3, lobbies, options};
  CHECK(started == std::vector<std::string>{"a", "b"});
  CHECK(test.node("a").names().find("global:leader"));
  test.cut("a", "b");
  test.crash("a");
  test.run_for(10s);
  test.restart("a");
  CHECK(started.size() == 3);
}

TEST_CASE("cluster_case: the same seed gives the same run, another seed another one") {
  const auto run = [](uint64_t seed) {
    cluster_case test{seed, lobbies, {}};
    auto ann = test.connect({}, {{"user", "ann"}}).join("room:lobby");
    for (int i = 0; i < 10; ++i) {
      test.random_fault();
      ann.push("say", {{"n", i}});
      test.run_for(1s);
    }
    return std::pair{test.fingerprint(), test.trace()};
  };
  const auto first = run(5);
  CHECK(run(6).first != first.first);
  CHECK(run(5) == first); // whatever ran before
}

TEST_CASE("for_seeds: whatever fails, messages arrive at most once and in order, and all are back in the end") {
  for_seeds(20, lobbies, {}, [](cluster_case& test) {
    auto ann = test.connect("a", {{"user", "ann"}}).join("room:lobby");
    auto bob = test.connect("b", {{"user", "bob"}}).join("room:lobby");
    test.always("bob hears ann in order", [bob] { return ascends(bob.received("said")); });
    for (int i = 1; i <= 15; ++i) {
      test.random_fault();
      ann.push("say", {{"n", i}});
      test.run_for(1s);
    }
    test.heal_all();
    test.expect_soon("both are joined", [&] { return ann.is_joined() && bob.is_joined(); });
    test.expect_soon("every node knows both", [&] {
      for (const char* name : {"a", "b", "c"})
        if (const auto seen = test.presence(name, "room:lobby"); !seen.contains("ann") || !seen.contains("bob"))
          return false;
      return true;
    });
  });
}

TEST_CASE("for_seeds: a failure names the seed, the line that replays it and the only fault that it needs") {
  const auto text = report_of(5, [](cluster_case& test) {
    auto ann = test.connect("a", {{"user", "ann"}}).join("room:lobby");
    test.run_for(2s);
    test.cut("a", "b");
    test.pause("b", 1s);
    test.reset("a", "b");
    test.crash("a");
    test.jump_clock("b", 1s);
    test.run_for(1s);
    test.restart("a");
    test.run_for(30s);
    test.expect("ann never loses her connection", ann.joins() == 1);
  });
  CHECK(contains(text, "not true: ann never loses her connection"));
  CHECK(contains(text, "seed 1; to replay it: BENNU_REPLAY=cluster_case_test.cpp:"));
  CHECK(contains(text, "/1/4\n  faults that it needs: \n    4: crash a\n"));
  CHECK(contains(text, "client 1 is disconnected"));
}

TEST_CASE("for_seeds: an invariant that breaks is found at the step that breaks it") {
  const auto text = report_of(3, [](cluster_case& test) {
    auto ann = test.connect("a", {{"user", "ann"}}).join("room:lobby");
    test.always("at most one message was heard", [ann] { return ann.received("said").size() <= 1; });
    for (int i = 0; i < 3; ++i)
      ann.push("say", {{"n", i}});
    test.run_for(10s);
  });
  CHECK(contains(text, "no longer true: at most one message was heard"));
  CHECK(contains(text, "/1/none\n  faults that it needs: none\n"));
}
