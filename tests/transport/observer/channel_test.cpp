#include "transport/observer/observer_channel.hpp"

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include <doctest/doctest.h>

#include "actors/node/node_parts.hpp"
#include "transport/observer/observer_service.hpp"
#include <bennu/actors/node.hpp>
#include <bennu/testing/channel_case.hpp>

using namespace bennu;
using namespace bennu::engine;
using namespace std::chrono_literals;

namespace {

/// The service of a node that the case makes later than its endpoint.
struct later_service {
  std::unique_ptr<observer_service>& made;
  operator observer_service&() const { return *made; }
};

/// A node with an observer, in virtual time. Its program writes down what it is told to do.
struct observed_case {
  std::vector<std::string> audit, drained;
  caf::actor root; // of the tree that is shown
  std::unique_ptr<observer_service> service;
  token_guard guard{"secret"};
  channel_case test;

  explicit observed_case(bool dev = true)
    : test(endpoint{"/observer/socket"}
             .serve<observer_socket>(socket_options{}, std::ref(guard))
             .channel<observer_channel>("observer", {.restart_as = restart::temporary}, later_service{service}),
           {.children = [this, dev](node& x) {
             service = std::make_unique<observer_service>(x.parts(), program(dev));
             return std::vector<child_spec>{service->supervised()};
           }}) {
    root = test.child("pubsub");
  }
  ~observed_case() { root = nullptr; }

  observer_program program(bool dev) {
    observer_program x;
    x.version = "1.2.3";
    x.dev_mode = dev;
    x.root = [this] { return root; };
    x.usage = [] { return process_usage{}; };
    x.limits = [] { return std::vector<limit_use>{{"connections", 1, 10}}; };
    x.is_draining = [] { return false; };
    x.drain = [this] { drained.emplace_back("now"); };
    x.audit = [this](const std::string& line) { audit.push_back(line); };
    x.cause = [](const fault&) -> uint64_t { return 1; };
    x.heal = [](uint64_t) -> uint64_t { return 0; };
    x.pause = [](const caf::actor&, const std::string&, std::chrono::milliseconds) -> uint64_t { return 1; };
    x.faults = [] { return json::array(); };
    x.is_cut = [](const std::string&) { return false; };
    return x;
  }

  test_client connect() {
    connect_info info;
    info.auth_token = "secret";
    info.peer_address = "192.0.2.7";
    return test.connect_with(info);
  }

  test_channel join() { return connect().join("observer"); }
};

json ask(const test_channel& x, const std::string& view, const json& params = json::object()) {
  return x.expect_reply(x.push("ask", {{"view", view}, {"params", params}}), "ok").at("value");
}

int refused(const test_channel& x, const std::string& event, const json& body) {
  return x.expect_reply(x.push(event, body), "error").at("status");
}

} // namespace

TEST_CASE("observer: the token opens it, a wrong one does not, and many wrong ones are too many") {
  observed_case x;
  connect_info info;
  info.peer_address = "192.0.2.66";
  info.auth_token = "guessed";
  const auto status = [&] { return std::get<connect_refused>(x.test.try_connect(info)).status; };
  for (int i = 0; i < token_guard::burst; ++i)
    CHECK(status() == 403);
  CHECK(status() == 429);
  const auto told = x.join().response();
  CHECK(told.at("version") == "1.2.3");
  CHECK(told.at("dev") == true);
}

TEST_CASE("observer: every view answers, and one that there is not is refused with the names of all") {
  observed_case x;
  const auto observer = x.join();
  for (const auto* view : {"overview", "history", "tree", "connections", "ended", "topics", "presence", "cluster",
                           "names", "faults", "log", "events"}) {
    CAPTURE(view);
    CHECK_FALSE(ask(observer, view).is_null());
  }
  CHECK(ask(observer, "connections").at("rows").at(0).at("joins") == 1);
  CHECK(ask(observer, "topics").at("rows").at(0).at("topic") == "observer");
  CHECK(refused(observer, "ask", {{"view", "nothing"}}) == 404);
  CHECK(refused(observer, "ask", {{"view", "tree"}, {"params", {{"path", {"nobody"}}}}}) == 404);
  CHECK(refused(observer, "ask", {{"view", "connections"}, {"params", {{"sort", "color"}}}}) == 400);
  CHECK(refused(observer, "ask", {{"view", 7}}) == 400);
  CHECK(refused(observer, "act", {{"action", "explode"}}) == 404);
}

TEST_CASE("observer: a watched view is pushed when it has changed, and not otherwise") {
  observed_case x;
  const auto observer = x.join();
  const json what{{"id", "c"}, {"view", "ended"}, {"every_ms", 500}};
  observer.expect_reply(observer.push("watch", what), "ok");
  x.test.advance(3s);
  observer.expect_no_push("changed");
  x.connect().close();
  x.test.advance(1s);
  const auto changed = observer.expect_push("changed");
  CHECK(changed.at("id") == "c");
  CHECK(changed.at("value").at("total") == 1);
  observer.expect_reply(observer.push("unwatch", {{"id", "c"}}), "ok");
  x.connect().close();
  x.test.advance(3s);
  observer.expect_no_push("changed");
}

TEST_CASE("observer: sixteen views may be watched at once, and a watch that is replaced counts once") {
  observed_case x;
  const auto observer = x.join();
  for (const auto* round : {"first", "second"})
    for (size_t i = 0; i < observer_channel::max_watches; ++i) {
      CAPTURE(round);
      observer.expect_reply(observer.push("watch", {{"id", std::to_string(i)}, {"view", "names"}}), "ok");
    }
  CHECK(refused(observer, "watch", {{"id", "one more"}, {"view", "names"}}) == 429);
}

TEST_CASE("observer: topics have a rate from the second look on") {
  observed_case x;
  const auto observer = x.join();
  CHECK(ask(observer, "topics").at("rows").at(0).at("per_s").is_null());
  for (int i = 0; i < 20; ++i)
    x.test.broadcast("observer", "noise");
  x.test.advance(2s);
  const auto row = ask(observer, "topics").at("rows").at(0);
  CHECK(row.at("messages") == 20);
  CHECK(row.at("per_s").is_number());
}

TEST_CASE("observer: outside of dev mode the faults are refused, and each action leaves a line") {
  observed_case x{false};
  const auto observer = x.join();
  size_t lines = 0;
  for (const auto* action : {"crash", "kill", "pause", "stop", "restart", "fault", "heal", "cut"}) {
    CAPTURE(action);
    CHECK(refused(observer, "act", {{"action", action}}) == 403);
    REQUIRE(x.audit.size() == ++lines);
    CHECK(x.audit.back().find(std::string{"192.0.2.7: "} + action) != std::string::npos);
  }
  CHECK(refused(observer, "act", {{"action", "drain"}}) == 400);
  CHECK(x.drained.empty());
  observer.expect_reply(observer.push("act", {{"action", "drain"}, {"params", {{"confirm", "drain"}}}}), "ok");
  CHECK(x.drained.size() == 1);
}

TEST_CASE("observer: in dev mode a process is killed by its number, and its supervisor starts it again") {
  observed_case x;
  const auto observer = x.join();
  const auto victim = ask(observer, "tree").at("children").at("rows").at(0);
  REQUIRE(victim.at("actor").is_number());
  const json params{{"actor", victim.at("actor")}};
  observer.expect_reply(observer.push("act", {{"action", "kill"}, {"params", params}}), "ok");
  x.test.advance(1s);
  const auto again = ask(observer, "tree").at("children").at("rows").at(0);
  CHECK(again.at("id") == victim.at("id"));
  CHECK(again.at("actor") != victim.at("actor"));
  CHECK(again.at("restarts") == 1);
  CHECK(refused(observer, "act", {{"action", "kill"}, {"params", params}}) == 404); // it has ended
}
