#include <stdexcept>

#include <doctest/doctest.h>
#include <nlohmann/json.hpp>

#include "actors/client/channel_join.hpp"
#include "tests/actors/client_case.hpp"
#include <bennu/actors/channel.hpp>
#include <bennu/actors/reply.hpp>

using namespace bennu;
using namespace bennu::engine;
using bennu::test::client_case;
using texts = std::vector<std::string>;

namespace {

class counter : public bennu::channel {
public:
  using channel::channel;

  join_result join(const json& params) override {
    if (params.contains("crash"))
      throw std::runtime_error("no");
    if (params.contains("refuse"))
      return refuse{{{"reason", "full"}}};
    return accept{};
  }

  const event_table& handle_in() const override {
    static const events<counter> table = {
      {"next",
       [](counter& self, const json&) {
         return reply::ok({{"n", ++self.count_}});
       }},
      {"crash", [](counter&, const json&) -> reply { throw std::runtime_error("as asked"); }},
      {"owe", [](counter& self, const json&) { self.owed_.push_back(self.defer()); }},
      {"forget", [](counter& self, const json&) { self.owed_.clear(); }},
      {"pay",
       [](counter& self, const json&) {
         for (auto& x : self.owed_)
           x.ok();
       }},
    };
    return table;
  }

  void restarted(const exit_info& crash) override { push("again", {{"why", crash.text}}); }

private:
  int count_ = 0;
  std::vector<deferred_reply> owed_;
};

/// A channel that calls a function of its own in `join`, and again when a message arrives.
class eager : public bennu::channel {
public:
  using call = void (*)(const eager&);
  eager(channel_context context, call f, bool defers) : channel(context), call_(f), defers_(defers) {}

  join_result join(const json&) override {
    if (defers_)
      return defer_join{std::chrono::seconds{1}};
    call_(*this);
    return accept{};
  }
  caf::message_handler handle_info() override {
    return {[this](const std::string&) { call_(*this); }};
  }

private:
  call call_;
  bool defers_;
};

/// A channel whose constructor fails until it is told to succeed.
class unbuildable : public bennu::channel {
public:
  unbuildable(channel_context context, const bool* may_be_built) : channel(context) {
    if (!*may_be_built)
      throw std::runtime_error("no settings");
  }
  join_result join(const json&) override { return accept{}; }
  const event_table& handle_in() const override {
    static const events<unbuildable> table = {{"crash", [](unbuildable&, const json&) -> reply { throw 1; }}};
    return table;
  }
};

endpoint serving(channel_options options) {
  return endpoint{"/socket"}.serve<test::open_socket>().channel<counter>("room:*", options);
}

} // namespace

TEST_CASE("channel: after a crash it restarts in place, and its successor handles what waited") {
  client_case test{serving({})};
  test.send(R"(["1","1","room:a","phx_join",{}])");
  test.seen();
  test.send_at_once(
    {R"(["1","2","room:a","next",{}])", R"(["1","3","room:a","crash",{}])", R"(["1","4","room:a","next",{}])"});
  CHECK(test.seen()
        == texts{R"(["1","2","room:a","phx_reply",{"response":{"n":1},"status":"ok"}])",
                 R"(["1","3","room:a","phx_reply",{"response":{"reason":"crashed"},"status":"error"}])",
                 R"(["1",null,"room:a","again",{"why":"as asked"}])",
                 R"(["1","4","room:a","phx_reply",{"response":{"n":1},"status":"ok"}])"});
}

TEST_CASE("channel: past its restart intensity its client receives phx_error, and the topic is free again") {
  client_case test{serving({.intensity = {1, std::chrono::seconds{5}}})};
  test.send(R"(["1","1","room:a","phx_join",{}])");
  test.send(R"(["1","2","room:a","crash",{}])");
  test.seen();
  test.send(R"(["1","3","room:a","crash",{}])");
  CHECK(test.seen()
        == texts{R"(["1","3","room:a","phx_reply",{"response":{"reason":"crashed"},"status":"error"}])",
                 R"(["1","1","room:a","phx_error",{"reason":"channel_crash"}])"});
  test.send(R"(["2","4","room:a","phx_join",{}])");
  CHECK(test.seen() == texts{R"(["2","4","room:a","phx_reply",{"response":{},"status":"ok"}])"});
}

TEST_CASE("channel: when a temporary channel crashes, its client receives phx_error and no reply, as from Phoenix") {
  client_case test{serving({.restart_as = restart::temporary})};
  test.send(R"(["1","1","room:a","phx_join",{}])");
  test.seen();
  test.send(R"(["1","2","room:a","crash",{}])");
  CHECK(test.seen() == texts{R"(["1","1","room:a","phx_error",{"reason":"channel_crash"}])"});
}

TEST_CASE("channel: a crash answers every reply that the channel owes") {
  client_case test{serving({})};
  test.send(R"(["1","1","room:a","phx_join",{}])");
  test.seen();
  test.send_at_once({R"(["1","2","room:a","owe",{}])", R"(["1","3","room:a","crash",{}])"});
  auto seen = test.seen();
  REQUIRE(seen.size() == 3);
  CHECK(seen[1] == R"(["1","2","room:a","phx_reply",{"response":{"reason":"crashed"},"status":"error"}])");
}

TEST_CASE("channel: a deferred reply is given once") {
  client_case test{serving({})};
  test.send(R"(["1","1","room:a","phx_join",{}])");
  test.send(R"(["1","2","room:a","owe",{}])");
  test.seen();
  test.send(R"(["1","3","room:a","pay",{}])");
  CHECK(test.seen() == texts{R"(["1","2","room:a","phx_reply",{"response":{},"status":"ok"}])"});
  test.send(R"(["1","4","room:a","pay",{}])");
  CHECK(test.seen().empty());
}

TEST_CASE("channel: a deferred reply whose last holder is destroyed is no longer owed") {
  client_case test{serving({})};
  test.send(R"(["1","1","room:a","phx_join",{}])");
  test.send(R"(["1","2","room:a","owe",{}])");
  CHECK(test.client().find("room:a")->owed_count() == 1);
  test.send(R"(["1","3","room:a","forget",{}])");
  CHECK(test.client().find("room:a")->owed_count() == 0);
  test.seen();
  test.send(R"(["1","4","room:a","crash",{}])");
  CHECK(test.seen().front() == R"(["1","4","room:a","phx_reply",{"response":{"reason":"crashed"},"status":"error"}])");
}

TEST_CASE("channel: refused and crashed joins do not count as open channels") {
  client_case test{serving({})};
  test.send(R"(["1","1","room:a","phx_join",{"refuse":1}])");
  test.send(R"(["2","2","room:b","phx_join",{"crash":1}])");
  CHECK(test.seen()
        == texts{R"(["1","1","room:a","phx_reply",{"response":{"reason":"full"},"status":"error"}])",
                 R"(["2","2","room:b","phx_reply",{"response":{"reason":"join crashed"},"status":"error"}])"});
  CHECK(test.client().join_count() == 0);
}

TEST_CASE("connection: a killed actor is replaced over the same session and loses neither joins nor messages") {
  client_case test{serving({})};
  test.send(R"(["1","1","room:a","phx_join",{}])");
  test.send(R"(["1","2","room:a","next",{}])");
  test.seen();
  test.kill_connection_actor();
  test.send(R"(["1","3","room:a","next",{}])");
  CHECK(test.seen() == texts{R"(["1","3","room:a","phx_reply",{"response":{"n":2},"status":"ok"}])"});
  CHECK(test.closed_with() == 0);
}

TEST_CASE("connection: an event goes straight to its channel, without a turn of the connection's actor") {
  client_case test{serving({})};
  test.send(R"(["1","1","room:a","phx_join",{}])");
  test.seen();
  test.client().actor = nullptr; // as between a crash and the restart
  test.send_at_once({R"(["1","2","room:a","next",{}])", R"([null,"3","nowhere","next",{}])"});
  CHECK(test.seen()
        == texts{R"([null,"3","nowhere","phx_reply",{"response":{"reason":"unmatched topic"},"status":"error"}])",
                 R"(["1","2","room:a","phx_reply",{"response":{"n":1},"status":"ok"}])"});
}

TEST_CASE("connection: an exception while a message is routed crashes its actor, and not the thread that received it") {
  client_case test{serving({})};
  test.send(R"(["1","1","room:a","phx_join",{}])");
  test.seen();
  test.fail_next_control_frame();
  CHECK_NOTHROW(test.send(R"([null,"2","phoenix","heartbeat",{}])"));
  CHECK(test.events("process.crashed") == 1);
  CHECK(test.seen().empty());
  test.send(R"(["1","3","room:a","next",{}])");
  CHECK(test.seen() == texts{R"(["1","3","room:a","phx_reply",{"response":{"n":1},"status":"ok"}])"});
  CHECK(test.closed_with() == 0);
}

TEST_CASE("connection: a malformed message closes it after the channels have handled what came before") {
  client_case test{serving({})};
  test.send(R"(["1","1","room:a","phx_join",{}])");
  test.seen();
  test.client().receive(opcode::text, R"(["1","2","room:a","next",{}])");
  CHECK_FALSE(test.client().receive(opcode::text, "{}"));
  test.client().close_when_handled(1011);
  test.settle();
  CHECK(test.closed_with() == 1011);
  CHECK(test.seen_at_close() == 1);
  CHECK(test.seen() == texts{R"(["1","2","room:a","phx_reply",{"response":{"n":1},"status":"ok"}])"});
}

TEST_CASE("connection: a kick while its actor restarts is not lost") {
  client_case test{serving({})};
  test.client().actor = nullptr; // as between a crash and the restart
  test.client().kicked();
  CHECK(test.closed_with() == 1001);
}

TEST_CASE("connection: when the client disconnects, its channels end and nothing of it is left") {
  client_case test{serving({})};
  test.send(R"(["1","1","room:a","phx_join",{}])");
  test.client().closed();
  test.send("[]");
  CHECK(test.client().join_count() == 0);
  CHECK(test.home().connections() == 0);
  CHECK(test.unit().lane.subscribers.topic_count() == 0);
}

TEST_CASE("channel: when a linked actor ends it, it restarts, or its client is told") {
  client_case repaired{serving({})};
  repaired.send(R"(["1","1","room:a","phx_join",{}])");
  signal_exit(repaired.client().find("room:a")->actor, exits::crash("linked"));
  repaired.settle();
  CHECK(repaired.channel_counts().active == 1);
  client_case told{serving({.restart_as = restart::temporary})};
  told.send(R"(["1","1","room:a","phx_join",{}])");
  told.seen();
  signal_exit(told.client().find("room:a")->actor, exits::crash("linked"));
  told.settle();
  CHECK(told.seen() == texts{R"(["1","1","room:a","phx_error",{"reason":"channel_crash"}])"});
  client_case stopped{serving({})};
  stopped.send(R"(["1","1","room:a","phx_join",{}])");
  stopped.seen();
  signal_exit(stopped.client().find("room:a")->actor, exits::shutdown());
  stopped.settle();
  CHECK(stopped.seen().front() == R"(["1","1","room:a","phx_error",{"reason":"channel_crash"}])");
  CHECK(stopped.channel_counts().active == 0);
}

TEST_CASE(
  "channel: push, broadcast and broadcast_from in join crash the join, as in Phoenix; other topics are allowed") {
  for (const eager::call f : std::vector<eager::call>{
         [](const eager& self) { self.push("early"); }, [](const eager& self) { self.push_to("room:a", "early"); },
         [](const eager& self) { self.broadcast("early"); }, [](const eager& self) { self.broadcast_from("early"); }}) {
    client_case test{endpoint{"/socket"}.serve<test::open_socket>().channel<eager>("room:*", {}, f, false)};
    test.send(R"(["1","1","room:a","phx_join",{}])");
    CHECK(test.seen()
          == texts{R"(["1","1","room:a","phx_reply",{"response":{"reason":"join crashed"},"status":"error"}])"});
    CHECK(test.events("process.crashed") == 1);
  }
  for (const eager::call f : std::vector<eager::call>{[](const eager& self) { self.push_to("feed", "early"); },
                                                      [](const eager& self) { self.broadcast_to("feed", "early"); }}) {
    client_case test{endpoint{"/socket"}.serve<test::open_socket>().channel<eager>("room:*", {}, f, false)};
    test.send(R"(["1","1","room:a","phx_join",{}])");
    CHECK(test.seen().back() == R"(["1","1","room:a","phx_reply",{"response":{},"status":"ok"}])");
  }
}

TEST_CASE("channel: a push before the decision about a deferred join crashes the join") {
  const eager::call push = [](const eager& self) { self.push("early"); };
  client_case test{endpoint{"/socket"}.serve<test::open_socket>().channel<eager>("room:*", {}, push, true)};
  test.send(R"(["1","1","room:a","phx_join",{}])");
  test.tell("room:a", std::string{"push"});
  CHECK(test.seen()
        == texts{R"(["1","1","room:a","phx_reply",{"response":{"reason":"join crashed"},"status":"error"}])"});
}

TEST_CASE("channel: a constructor that throws refuses the join; after a restart it counts as a crash") {
  bool may_be_built = false;
  const bool* asked = &may_be_built;
  client_case test{endpoint{"/socket"}.serve<test::open_socket>().channel<unbuildable>("room:*", {}, asked)};
  const std::string refused = R"("room:a","phx_reply",{"response":{"reason":"join crashed"},"status":"error"}])";
  test.send(R"(["1","1","room:a","phx_join",{}])");
  CHECK(test.seen() == texts{R"(["1","1",)" + refused});
  may_be_built = true;
  test.send(R"(["2","2","room:a","phx_join",{}])");
  CHECK(test.seen() == texts{R"(["2","2","room:a","phx_reply",{"response":{},"status":"ok"}])"});
  may_be_built = false;
  test.send(R"(["2","3","room:a","crash",{}])");
  CHECK(test.seen().back() == R"(["2","2","room:a","phx_error",{"reason":"channel_crash"}])");
  may_be_built = true;
  test.send(R"(["4","4","room:a","phx_join",{}])");
  CHECK(test.seen() == texts{R"(["4","4","room:a","phx_reply",{"response":{},"status":"ok"}])"});
}
