#include <stdexcept>

#include <doctest/doctest.h>
#include <nlohmann/json.hpp>

#include "supervision/process/crash_report.hpp"
#include "tests/actors/answers.hpp"
#include <bennu/actors/channel.hpp>
#include <bennu/actors/reply.hpp>
#include <bennu/supervision/exit.hpp>
#include <bennu/supervision/process.hpp>
#include <bennu/testing/channel_case.hpp>

using namespace bennu;
using namespace bennu::engine;
using namespace bennu::test;

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

/// A client that has joined `room:a`.
struct counter_case : channel_case {
  explicit counter_case(channel_options options = {})
    : channel_case(endpoint{"/socket"}.serve<open_socket>().channel<counter>("room:*", options)) {}

  test_client client = connect();
  test_channel room = client.join("room:a");
};

template <class Channel, class... Ts>
endpoint rooms_of(Ts... xs) {
  return endpoint{"/socket"}.serve<open_socket>().channel<Channel>("room:*", {}, xs...);
}

const auto has_crashed = pushed("phx_error", because("channel_crash"));

} // namespace

TEST_CASE("channel: after a crash it restarts in place, and its successor handles what waited") {
  counter_case test;
  test_push first, crash, second;
  test.at_once([&] {
    first = test.room.push("next");
    crash = test.room.push("crash");
    second = test.room.push("next");
  });
  test.client.expect_exactly({reply_to(first, "ok", exactly({{"n", 1}})), reply_to(crash, "error", because("crashed")),
                              pushed("again", exactly({{"why", "as asked"}})),
                              reply_to(second, "ok", exactly({{"n", 1}}))});
}

TEST_CASE("channel: past its restart intensity its client receives phx_error, and the topic is free again") {
  counter_case test{{.intensity = {1, std::chrono::seconds{5}}}};
  test.room.push("crash");
  test.client.forget_received();
  test.client.expect_exactly({reply_to(test.room.push("crash"), "error", because("crashed")), has_crashed});
  test.client.expect_exactly({reply_to(test.client.begin_join("room:a"), "ok", empty)});
}

TEST_CASE("channel: when a temporary channel crashes, its client receives phx_error and no reply, as from Phoenix") {
  counter_case test{{.restart_as = restart::temporary}};
  test.room.push("crash");
  test.client.expect_exactly({has_crashed});
}

TEST_CASE("channel: a crash answers every reply that the channel owes") {
  counter_case test;
  test_push owed, crash;
  test.at_once([&] {
    owed = test.room.push("owe");
    crash = test.room.push("crash");
  });
  test.client.expect_exactly(
    {reply_to(crash, "error", because("crashed")), reply_to(owed, "error", because("crashed")), pushed("again")});
}

TEST_CASE("channel: a deferred reply is given once") {
  counter_case test;
  const auto owed = test.room.push("owe");
  test.room.push("pay");
  test.client.expect_exactly({reply_to(owed, "ok", empty)});
  test.room.push("pay");
  test.client.expect_nothing();
}

TEST_CASE("channel: a deferred reply whose last holder is destroyed is no longer owed") {
  counter_case test;
  test.room.push("owe");
  test.room.push("forget");
  test.client.expect_nothing();
  test.client.expect_exactly({reply_to(test.room.push("crash"), "error", because("crashed")), pushed("again")});
}

TEST_CASE("channel: refused and crashed joins do not count as open channels") {
  counter_case test;
  test.client.expect_join_refused("room:b", {{"refuse", 1}}, because("full"));
  test.client.expect_join_refused("room:c", {{"crash", 1}}, because("join crashed"));
  CHECK(test.client.topics() == std::vector<std::string>{"room:a"});
}

TEST_CASE("channel: when a linked actor ends it, it restarts, or its client is told") {
  counter_case repaired;
  repaired.crash(repaired.room, "linked");
  repaired.expect_restarted(repaired.room);
  counter_case told{{.restart_as = restart::temporary}};
  told.crash(told.room, "linked");
  told.client.expect_exactly({has_crashed});
  counter_case stopped;
  const auto actor = stopped.room.actor();
  signal_exit(actor, exits::shutdown());
  stopped.settle();
  stopped.client.expect_exactly({has_crashed});
  CHECK_FALSE(is_alive(actor));
  CHECK_FALSE(stopped.room.actor());
}

TEST_CASE(
  "channel: push, broadcast and broadcast_from in join crash the join, as in Phoenix; other topics are allowed") {
  for (const eager::call f : std::vector<eager::call>{
         [](const eager& self) { self.push("early"); }, [](const eager& self) { self.push_to("room:a", "early"); },
         [](const eager& self) { self.broadcast("early"); }, [](const eager& self) { self.broadcast_from("early"); }}) {
    channel_case test{rooms_of<eager>(f, false)};
    const auto client = test.connect();
    client.expect_exactly({reply_to(client.begin_join("room:a"), "error", because("join crashed"))});
    CHECK(test.events("process.crashed") == 1);
  }
  for (const eager::call f : std::vector<eager::call>{[](const eager& self) { self.push_to("feed", "early"); },
                                                      [](const eager& self) { self.broadcast_to("feed", "early"); }}) {
    channel_case test{rooms_of<eager>(f, false)};
    CHECK(test.connect().join("room:a").response() == json::object());
  }
}

TEST_CASE("channel: a push before the decision about a deferred join crashes the join") {
  const eager::call push = [](const eager& self) { self.push("early"); };
  channel_case test{rooms_of<eager>(push, true)};
  const auto client = test.connect();
  const auto join = client.begin_join("room:a");
  client.joined(join).tell(std::string{"push"});
  client.expect_exactly({reply_to(join, "error", because("join crashed"))});
}

TEST_CASE("channel: a constructor that throws refuses the join; after a restart it counts as a crash") {
  bool may_be_built = false;
  const bool* asked = &may_be_built;
  channel_case test{rooms_of<unbuildable>(asked)};
  const auto client = test.connect();
  client.expect_join_refused("room:a", {}, because("join crashed"));
  may_be_built = true;
  const auto room = client.join("room:a");
  may_be_built = false;
  room.push("crash");
  room.expect_push("phx_error", because("channel_crash"));
  may_be_built = true;
  client.forget_received();
  client.expect_exactly({reply_to(client.begin_join("room:a"), "ok", empty)});
}
