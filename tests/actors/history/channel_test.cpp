// History as channels and their clients see it.
#include <stdexcept>
#include <string>
#include <vector>

#include <doctest/doctest.h>
#include <nlohmann/json.hpp>

#include "tests/actors/answers.hpp"
#include <bennu/actors/broadcast.hpp>
#include <bennu/actors/channel.hpp>
#include <bennu/actors/message.hpp>
#include <bennu/actors/node.hpp>
#include <bennu/actors/pubsub.hpp>
#include <bennu/testing/channel_case.hpp>

using namespace bennu;
using namespace bennu::test;

namespace {

/// Pushes each intercepted event `secret` without its secret; of the third one it tells nothing.
class log_channel : public channel_of<log_channel> {
public:
  using channel_of::channel_of;

  join_result join(const json& params) override {
    if (params.contains("answer"))
      return accept{params["answer"]};
    if (params.contains("later"))
      return defer_join{};
    if (params.contains("feed") && !subscribe(params["feed"].get<std::string>()))
      return refuse{};
    return accept{};
  }

  static events<log_channel> events_in() {
    return {{"pub", [](log_channel& self, const payload& in) { self.broadcast("msg", in); }},
            {"recovered",
             [](log_channel& self, const payload&) {
               return reply::ok({{"recovered", self.is_recovered()}});
             }},
            {"crash", [](log_channel&, const payload&) -> reply { throw std::runtime_error("as asked"); }}};
  }

  static events<log_channel> events_out() {
    return {{"secret", [](log_channel& self, const json& in) {
               if (in.at("n") != 3)
                 self.push("public", {{"n", in.at("n")}});
             }}};
  }

  caf::message_handler handle_info() override {
    return {[this](int) { decide_join(accept{}); }};
  }
};

endpoint logs(const socket_options& of_socket = {}) {
  channel_options with_history;
  with_history.history = history{};
  with_history.live_events = {"typing"};
  return endpoint{"/socket"}
    .serve<open_socket>(of_socket)
    .channel<log_channel>("log:*", with_history)
    .channel<log_channel>("plain:*");
}

/// A client of `log:a`.
struct log_case : channel_case {
  explicit log_case(const socket_options& of_socket = {}) : channel_case(logs(of_socket)) {}

  /// Somebody broadcasts the number.
  void publish(int n, const std::string& topic = "log:a", const std::string& event = "msg") {
    broadcast(topic, event, {{"n", n}});
  }

  test_channel rejoin(const test_channel& after) { return client.join(after.topic(), {{"since", after.position()}}); }

  test_client client = connect();
};

pattern number(int n) {
  return broadcasted("msg", exactly({{"n", n}}));
}

/// The message that carries nothing but a position.
pattern bare_position() {
  return broadcasted("position", empty);
}

const pattern a_position = where("a position", [](const json& x) { return x.get<std::string>().starts_with("@"); });

} // namespace

TEST_CASE("history: a broadcast has a position, and only topics of a route with history have one") {
  log_case test;
  const auto log = test.client.join("log:a");
  const auto plain = test.client.join("plain:a");
  CHECK(a_position.matches(log.position()));
  CHECK_FALSE(log.is_recovered());
  CHECK(plain.response() == json::object());
  test.publish(1, "log:a");
  test.publish(2, "plain:a");
  test.client.expect_exactly({{{"topic", "log:a"}, {"event", "msg"}, {"ref", a_position}},
                              {{"topic", "plain:a"}, {"event", "msg"}, {"ref", nullptr}}});
}

TEST_CASE("history: the answer comes first, then what was missed, then the end of the former join, then what is new") {
  log_case test;
  const auto first = test.client.begin_join("log:a");
  const auto position = test.client.joined(first).position();
  test.publish(1);
  test.publish(2);
  test.client.forget_received();
  const auto second = test.client.begin_join("log:a", {{"since", position}});
  test.publish(3);
  test.client.expect_exactly(
    {reply_to(second, "ok", {{"history", {{"recovered", true}}}}), number(1), number(2), closed(first), number(3)});
}

TEST_CASE("history: intercepted events are recovered through handle_out, and nothing overtakes them") {
  log_case test;
  auto log = test.client.join("log:a");
  const auto before = log.position();
  test.publish(1, "log:a", "secret");
  const auto after_first = log.position();
  test.publish(2);
  test.publish(3, "log:a", "secret");
  test.publish(4);
  const auto secret = [](int n) { return pushed("public", exactly({{"n", n}})); };
  const std::vector<pattern> after_the_first{number(2), bare_position(), number(4)};
  const std::vector<pattern> all{secret(1), bare_position(), number(2), bare_position(), number(4)};
  test.client.expect_exactly(all);

  auto again = test.client.join("log:a", {{"since", before}});
  CHECK(again.is_recovered());
  log.expect_closed();
  test.client.expect_exactly(all);

  test.client.join("log:a", {{"since", after_first}});
  again.expect_closed();
  test.client.expect_exactly(after_the_first);
}

TEST_CASE("history: a channel that crashes restarts in place, and its client misses nothing and gets nothing twice") {
  log_case test;
  const auto log = test.client.join("log:a");
  test.publish(1);
  const auto crash = log.push("crash");
  test.publish(2);
  test.client.expect_exactly({number(1), reply_to(crash, "error", because("crashed")), number(2)});
}

TEST_CASE("history: a join that is decided later recovers what came meanwhile") {
  log_case test;
  const auto log = test.client.join("log:a");
  const auto position = log.position();
  log.leave();
  test.publish(1);
  test.client.forget_received();
  const auto join = test.client.begin_join("log:a", {{"since", position}, {"later", true}});
  test.publish(2);
  test.client.expect_nothing();
  test.client.joined(join).tell(0);
  test.publish(3);
  test.client.expect_exactly({reply_to(join, "ok"), number(1), number(2), number(3)});
}

TEST_CASE("history: a channel knows whether its client recovered, also after a restart in place") {
  log_case test;
  const auto expect_recovered = [](const test_channel& log, bool is_recovered) {
    log.expect_reply(log.push("recovered"), "ok", {{"recovered", is_recovered}});
  };
  const auto first = test.client.join("log:a");
  expect_recovered(first, false);
  const auto second = test.rejoin(first);
  expect_recovered(second, true);
  second.push("crash");
  expect_recovered(second, true);
  expect_recovered(test.client.join("log:a", {{"since", "@nonsense"}}), false);
}

TEST_CASE("history: a live event has no position, and a client that comes back does not get it") {
  log_case test;
  const auto first = test.client.begin_join("log:a");
  const auto position = test.client.joined(first).position();
  test.client.forget_received();
  test.publish(1);
  test.publish(2, "log:a", "typing");
  test.client.expect_exactly({{{"event", "msg"}, {"ref", a_position}}, {{"event", "typing"}, {"ref", nullptr}}});
  const auto second = test.client.begin_join("log:a", {{"since", position}});
  test.client.expect_exactly({reply_to(second, "ok"), number(1), closed(first)});
  CHECK(test.home().topics().history("log:a").messages.size() == 1);
}

TEST_CASE("history: an answer that is no object has no room for the position, which follows it") {
  log_case test;
  const auto list = json::array({1, 2});
  const auto first = test.client.begin_join("log:a", {{"answer", list}});
  test.client.expect_exactly({reply_to(first, "ok", exactly(list)), bare_position()});
  const auto position = test.client.joined(first).position();
  test.publish(1);
  test.client.forget_received();
  const auto second = test.client.begin_join("log:a", {{"since", position}});
  test.client.expect_exactly({reply_to(second, "ok"), number(1), closed(first)});
  CHECK(test.client.join("log:b", {{"answer", {{"x", 1}}}}).response().at("x") == 1);
}

TEST_CASE("history: a client that is subscribed to a topic with history gets the positions, too") {
  log_case test;
  test.client.join("plain:a", {{"feed", "log:feed"}});
  test.publish(1, "log:feed");
  test.client.expect_exactly({{{"topic", "log:feed"}, {"event", "msg"}, {"ref", a_position}}});
}

TEST_CASE("history: an application reads pages of it, and a page goes on from a position") {
  log_case test;
  for (int n = 1; n <= 5; ++n)
    test.publish(n);
  auto& topics = test.home().topics();
  const auto all = topics.history("log:a");
  REQUIRE(all.messages.size() == 5);
  CHECK(all.messages[4]->position() == all.position);
  const auto rest = topics.history("log:a", all.messages[2]->position());
  CHECK(rest.recovered);
  REQUIRE(rest.messages.size() == 2);
  CHECK(rest.messages[0]->body.value() == json{{"n", 4}});
  CHECK(topics.history("log:a", all.position).messages.empty());
  CHECK_FALSE(topics.history("log:a", "@nonsense").recovered);
  CHECK(topics.history("log:a", "@nonsense").messages.empty());
  CHECK(topics.history("plain:a").position.empty());
}

TEST_CASE("history: what is too much for the outbox of the client is not replayed") {
  socket_options small;
  small.max_outbox_bytes = 4000;
  log_case test{small};
  const auto log = test.client.join("log:a");
  const auto position = log.position();
  test.broadcast("log:a", "msg", {{"x", std::string(3000, 'x')}});
  log.expect_received("msg");
  CHECK_FALSE(test.client.join("log:a", {{"since", position}}).is_recovered());
  log.expect_not_received("msg");
}

TEST_CASE("history: what other topics have to send first counts against the outbox, too") {
  socket_options small;
  small.max_outbox_bytes = 10'000;
  small.when_outbox_full = overflow::drop_oldest; // with `close` the join would wait, too
  for (const size_t waiting : {0, 4500}) {
    CAPTURE(waiting);
    log_case test{small};
    const auto other = test.client.join("plain:a");
    const auto position = test.client.join("log:a").position();
    test.broadcast("log:a", "msg", {{"x", std::string(500, 'x')}});
    test.client.stop_reading();
    test.broadcast("plain:a", "msg", {{"x", std::string(waiting, 'x')}});
    const auto join = test.client.begin_join("log:a", {{"since", position}});
    test.client.read_on();
    test.client.expect_reply(join, "ok", {{"history", {{"recovered", waiting == 0}}}});
  }
}
