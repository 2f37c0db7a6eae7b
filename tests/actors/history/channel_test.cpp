#include <doctest/doctest.h>

#include <stdexcept>
#include <string>
#include <vector>

#include <nlohmann/json.hpp>

#include "actors/client/channel_actor.hpp"
#include "actors/history/message.hpp"
#include "actors/history/store.hpp"
#include "actors/node/node_parts.hpp"
#include "tests/actors/client_case.hpp"
#include <bennu/actors/channel.hpp>
#include <bennu/actors/pubsub.hpp>

using namespace bennu;
using namespace bennu::test;

namespace {

/// Pushes each intercepted event `secret` without its secret; every third one only counts.
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
            {"pub_from", [](log_channel& self, const payload& in) { self.broadcast_from("msg", in); }},
            {"recovered",
             [](log_channel& self, const payload&) {
               return reply::ok({{"n", self.is_recovered()}});
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

channel_options with_history(history bounds = {}) {
  channel_options result;
  result.history = bounds;
  result.live_events = {"typing"};
  return result;
}

struct log_case : client_case {
  explicit log_case(history bounds = {})
    : client_case(endpoint{"/socket"}
                    .serve<open_socket>()
                    .channel<log_channel>("log:*", with_history(bounds))
                    .channel<log_channel>("plain:*")) {}

  /// Joins, and returns everything that the client sees then.
  std::vector<json> join(const std::string& topic, json params = json::object()) {
    const auto ref = std::to_string(++refs_);
    send(json{ref, ref, topic, "phx_join", params}.dump());
    return all();
  }

  std::vector<json> all() {
    std::vector<json> result;
    for (const auto& x : seen())
      result.push_back(json::parse(x));
    return result;
  }

  void publish(const std::string& topic, int n, const std::string& event = "msg") {
    home().topics().broadcast(topic, event, payload(json{{"n", n}}));
    settle();
  }

private:
  int refs_ = 0;
};

json position_in(const json& answer) {
  return answer.at(4).at("response").at("history").at("position");
}

std::vector<json> numbers(const std::vector<json>& all) {
  std::vector<json> result;
  for (const auto& x : all)
    result.push_back(x.at(4).contains("n") ? x.at(4).at("n") : x.at(3));
  return result;
}

} // namespace

TEST_CASE("history: a broadcast has a position, and only topics of a route with history have one") {
  log_case test;
  const auto answer = test.join("log:a").at(0);
  CHECK(answer.at(4).at("response").at("history").at("recovered") == false);
  CHECK(test.join("plain:a").at(0).at(4).at("response") == json::object());
  test.publish("log:a", 1);
  test.publish("plain:a", 2);
  const auto seen = test.all();
  REQUIRE(seen.size() == 2);
  CHECK(seen[0].at(1).get<std::string>().starts_with("@"));
  CHECK(seen[1].at(1).is_null());
}

TEST_CASE("history: the answer comes first, then what was missed, then the end of the former join, then what is new") {
  log_case test;
  const auto position = position_in(test.join("log:a").at(0));
  test.publish("log:a", 1);
  test.publish("log:a", 2);
  test.all();
  const auto seen = test.join("log:a", {{"since", position}});
  REQUIRE(seen.size() == 4);
  CHECK(seen[0].at(3) == "phx_reply");
  CHECK(seen[0].at(4).at("response").at("history").at("recovered") == true);
  CHECK(numbers({seen[1], seen[2]}) == std::vector<json>{1, 2});
  CHECK(seen[3].at(3) == "phx_close");
  test.publish("log:a", 3);
  CHECK(numbers(test.all()) == std::vector<json>{3});
}

TEST_CASE("history: intercepted events are recovered through handle_out, and nothing overtakes them") {
  log_case test;
  const auto position = position_in(test.join("log:a").at(0));
  auto publish_all = [&] {
    for (int n = 1; n <= 4; ++n)
      test.home().topics().broadcast("log:a", n % 2 == 1 ? "secret" : "msg", payload(json{{"n", n}}));
    test.settle();
  };
  publish_all();
  const std::vector<json> expected{1, "position", 2, "position", 4};
  const auto live = test.all();
  CHECK(numbers(live) == expected);
  CHECK(live[0].at(3) == "public");
  auto again = test.join("log:a", {{"since", position}});
  CHECK(again.at(0).at(4).at("response").at("history").at("recovered") == true);
  std::erase_if(again, [](const json& x) { return x.at(3) == "phx_reply" || x.at(3) == "phx_close"; });
  CHECK(numbers(again) == expected);
  auto rest = test.join("log:a", {{"since", live[1].at(1)}}); // the position after the first
  std::erase_if(rest, [](const json& x) { return x.at(3) == "phx_reply" || x.at(3) == "phx_close"; });
  CHECK(numbers(rest) == std::vector<json>{2, "position", 4});
}

TEST_CASE("history: a channel that crashes restarts in place, and its client misses nothing and gets nothing twice") {
  log_case test;
  test.join("log:a");
  test.publish("log:a", 1);
  test.send(R"([null,"9","log:a","crash",{}])");
  test.publish("log:a", 2);
  auto seen = test.all();
  std::erase_if(seen, [](const json& x) { return x.at(3) == "phx_reply"; });
  CHECK(numbers(seen) == std::vector<json>{1, 2});
}

TEST_CASE("history: a join that is decided later recovers what came meanwhile") {
  log_case test;
  const auto position = position_in(test.join("log:a").at(0));
  test.send(R"([null,"8","log:a","phx_leave",{}])");
  test.publish("log:a", 1);
  test.all();
  CHECK(test.join("log:a", {{"since", position}, {"later", true}}).empty());
  test.publish("log:a", 2);
  CHECK(test.all().empty());
  test.tell("log:a", 0);
  test.publish("log:a", 3);
  const auto seen = test.all();
  REQUIRE(seen.size() == 4);
  CHECK(seen[0].at(3) == "phx_reply");
  CHECK(numbers({seen.begin() + 1, seen.end()}) == std::vector<json>{1, 2, 3});
}

TEST_CASE("history: a channel knows whether its client recovered, also after a restart in place") {
  log_case test;
  const auto is_recovered = [&test] {
    test.send(R"([null,"9","log:a","recovered",{}])");
    return test.all().back().at(4).at("response").at("n").get<bool>();
  };
  const auto position = position_in(test.join("log:a").at(0));
  CHECK_FALSE(is_recovered());
  test.join("log:a", {{"since", position}});
  CHECK(is_recovered());
  test.send(R"([null,"9","log:a","crash",{}])");
  CHECK(is_recovered());
  test.join("log:a", {{"since", "@nonsense"}});
  CHECK_FALSE(is_recovered());
}

TEST_CASE("history: a live event has no position, and a client that comes back does not get it") {
  log_case test;
  const auto position = position_in(test.join("log:a").at(0));
  test.publish("log:a", 1);
  test.publish("log:a", 2, "typing");
  auto seen = test.all();
  REQUIRE(seen.size() == 2);
  CHECK(seen[1].at(3) == "typing");
  CHECK(seen[1].at(1).is_null());
  test.send(R"([null,"9","log:a","pub",{"n":3}])");
  test.all();
  seen = test.join("log:a", {{"since", position}});
  CHECK(seen.at(0).at(4).at("response").at("history").at("recovered") == true);
  CHECK(numbers({seen.begin() + 1, seen.end() - 1}) == std::vector<json>{1, 3});
  CHECK(test.home().topics().history("log:a").messages.size() == 2);
}

TEST_CASE("history: an answer that is no object has no room for the position, which follows it") {
  log_case test;
  const auto seen = test.join("log:a", {{"answer", json::array({1, 2})}});
  REQUIRE(seen.size() == 2);
  CHECK(seen[0].at(4).at("response") == json::array({1, 2}));
  CHECK(seen[1].at(3) == "position");
  test.publish("log:a", 1);
  test.all();
  const auto again = test.join("log:a", {{"since", seen[1].at(1)}});
  CHECK(numbers({again.begin() + 1, again.end() - 1}) == std::vector<json>{1});
  CHECK(test.join("log:b", {{"answer", {{"x", 1}}}}).at(0).at(4).at("response").at("x") == 1);
}

TEST_CASE("history: a client that is subscribed to a topic with history gets the positions, too") {
  log_case test;
  test.join("plain:a", {{"feed", "log:feed"}});
  test.publish("log:feed", 1);
  CHECK(test.all().at(0).at(1).get<std::string>().starts_with("@"));
}

TEST_CASE("history: an application reads pages of it, and a page goes on from a position") {
  log_case test;
  for (int n = 1; n <= 5; ++n)
    test.publish("log:a", n);
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

TEST_CASE("history: what waits for too slow a client is not replayed") {
  socket_options small;
  small.max_outbox_bytes = 4000;
  client_case test{endpoint{"/socket"}.serve<open_socket>(small).channel<log_channel>("log:*", with_history())};
  test.send(R"(["1","1","log:a","phx_join",{}])");
  const auto position = position_in(json::parse(test.seen().at(0)));
  test.home().topics().broadcast("log:a", "msg", payload(json{{"x", std::string(3000, 'x')}}));
  test.settle();
  test.seen();
  test.send(R"(["2","2","log:a","phx_join",{"since":)" + position.dump() + "}]");
  const auto seen = test.seen();
  REQUIRE(seen.size() == 2);
  CHECK(json::parse(seen[0]).at(4).at("response").at("history").at("recovered") == false);
}

TEST_CASE(
  "history: what other topics have to send first counts, so that many joins at once do not end the connection") {
  socket_options small;
  small.max_outbox_bytes = 10'000;
  client_case test{endpoint{"/socket"}.serve<open_socket>(small).channel<log_channel>("log:*", with_history())};
  test.send(R"(["1","1","log:a","phx_join",{}])");
  const auto since = position_in(json::parse(test.seen().at(0))).dump();
  test.home().topics().broadcast("log:a", "msg", payload(json{{"x", std::string(500, 'x')}}));
  test.settle();
  for (const auto waiting : {size_t{0}, size_t{4500}}) {
    test.session().waiting = waiting;
    test.seen();
    test.send(R"(["2","2","log:a","phx_join",{"since":)" + since + "}]");
    CHECK(json::parse(test.seen().at(0)).at(4).at("response").at("history").at("recovered") == (waiting == 0));
  }
}

TEST_CASE("history: a client that misses what no node keeps gets phx_error, and nothing more before it joins again") {
  log_case test{{.messages = 2}};
  const auto joined = test.join("log:a").at(0);
  const peer other{"other", 1};
  auto& store = test.home().parts().histories;
  const auto tell = [&](const history_message& x) {
    std::string content;
    append_history_message(content, topic_hash("log:a") % 8, x);
    REQUIRE(store.receive(other, content));
    test.settle();
  };
  const auto item = [](uint64_t n) {
    return history_item{n, n, 0, {}, "log:a", "msg", payload(json{{"n", n}}), false};
  };
  tell(history_next{item(1)});
  CHECK(numbers(test.all()) == std::vector<json>{1});
  tell(history_have{{{other, 9, {}}}});
  tell(history_part{other, 1, 9, 9, {item(8), item(9)}, {}, {}});
  tell(history_next{item(10)});
  const auto seen = test.all();
  REQUIRE(seen.size() == 1);
  CHECK(seen[0].at(3) == "phx_error");
  CHECK(store.numbers().gaps == 1);
  const auto again = test.join("log:a", {{"since", position_in(joined)}});
  CHECK(again.at(0).at(4).at("response").at("history").at("recovered") == false);
  tell(history_next{item(11)});
  CHECK(numbers(test.all()) == std::vector<json>{11});
}
