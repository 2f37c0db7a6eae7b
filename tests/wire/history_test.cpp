#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <nlohmann/json.hpp>

#include "tests/wire/client.hpp"
#include "tests/wire/lab.hpp"

using namespace bennu::test;

namespace {

// The tests share one server, and each way its own topics.
std::string log_of(way how, std::string_view name) {
  return "log:" + std::string{name} + (how.transport == over::websocket ? "-w" : "-p") + std::to_string(how.vsn);
}

void is_position(const json& x) {
  REQUIRE(x.is_string());
  CHECK(x.get<std::string>().starts_with("@"));
  CHECK(x.get<std::string>().size() <= 64);
}

/// A client of one topic with history, which remembers the position of the last message that it received.
class listener {
public:
  listener(way how, std::string topic, client_options at = {})
    : topic_(std::move(topic)), at_(std::move(at)), client_(std::make_unique<client>(how, at_)) {}

  /// Joins, with the position if there is one. @returns whether the answer says that it recovered.
  bool join() {
    const auto ref = std::to_string(++refs_);
    client_->send_as(ref, ref, topic_, "phx_join", position.is_null() ? json::object() : json{{"since", position}});
    const auto answer = client_->next();
    history = client_->payload_of(answer).at("response").at("history");
    CHECK(answer == client_->replied(ref, ref, topic_, "ok", {{"history", history}}));
    CHECK(history.size() == 2);
    is_position(history.at("position"));
    if (!history.at("recovered"))
      position = history.at("position");
    return history.at("recovered");
  }

  /// The payload of the next message, which has to be the broadcast of an event, with a position.
  json next(std::string_view event = "msg") {
    const auto message = client_->next();
    const bool is_array = client_->speaks().vsn == 2;
    CHECK((is_array ? message.at(2) : message.at("topic")) == topic_);
    CHECK((is_array ? message.at(3) : message.at("event")) == event);
    if (is_array)
      CHECK(message.at(0).is_null());
    position = is_array ? message.at(1) : message.at("ref");
    is_position(position);
    return client_->payload_of(message);
  }

  /// Publishes without receiving it, and waits for the answer.
  void publish(int n) {
    const auto ref = ask("pub_from", {{"n", n}});
    const auto answer = client_->next();
    CHECK(client_->payload_of(answer) == json{{"response", json::object()}, {"status", "ok"}});
  }

  std::string ask(std::string_view event, const json& payload) {
    auto ref = std::to_string(++refs_);
    client_->send_as(nullptr, ref, topic_, event, payload);
    return ref;
  }

  void reconnect() { client_ = std::make_unique<client>(client_->speaks(), at_); }
  client& raw() { return *client_; }

  json position;
  json history;

private:
  std::string topic_;
  client_options at_;
  std::unique_ptr<client> client_;
  unsigned refs_ = 0;
};

json n(int x) {
  return {{"n", x}};
}

} // namespace

CLAIM("history: who comes back with a position is answered, then gets what it missed, then what is new") {
  const auto topic = log_of(Way::value, "back");
  listener ann{Way::value, topic};
  listener bob{Way::value, topic};
  CHECK_FALSE(ann.join());
  CHECK_FALSE(bob.join());
  bob.publish(1);
  CHECK(ann.next() == n(1));
  ann.reconnect();
  for (const auto x : {2, 3, 4})
    bob.publish(x);
  CHECK(ann.join());
  for (const auto x : {2, 3, 4})
    CHECK(ann.next() == n(x));
  CHECK(ann.position == ann.history.at("position"));
  bob.publish(5);
  CHECK(ann.next() == n(5));
  CHECK(ann.raw().hears_nothing());
}

CLAIM("history: a client that joins without a position gets nothing old") {
  const auto topic = log_of(Way::value, "new");
  listener ann{Way::value, topic};
  listener bob{Way::value, topic};
  CHECK_FALSE(bob.join());
  bob.publish(1);
  CHECK_FALSE(ann.join());
  CHECK(ann.raw().hears_nothing());
}

CLAIM("history: a position from the answer to a join is as good as one from a message") {
  const auto topic = log_of(Way::value, "answer");
  listener ann{Way::value, topic};
  listener bob{Way::value, topic};
  CHECK_FALSE(ann.join());
  CHECK_FALSE(bob.join());
  ann.reconnect();
  bob.publish(1);
  CHECK(ann.join());
  CHECK(ann.next() == n(1));
}

CLAIM("history: two joins in a row, and a leave and a join, recover from the last position") {
  const auto topic = log_of(Way::value, "again");
  listener ann{Way::value, topic};
  listener bob{Way::value, topic};
  CHECK_FALSE(ann.join());
  CHECK_FALSE(bob.join());
  bob.publish(1);
  CHECK(ann.next() == n(1));
  CHECK(ann.join()); // on the same connection
  CHECK(ann.raw().next() == ann.raw().closed("1", topic));
  const auto left = ann.ask("phx_leave", json::object());
  CHECK(ann.raw().next() == ann.raw().replied("2", left, topic, "ok"));
  CHECK(ann.raw().next() == ann.raw().closed("2", topic));
  bob.publish(2);
  CHECK(ann.join());
  CHECK(ann.next() == n(2));
  CHECK(ann.raw().hears_nothing());
}

CLAIM("history: a channel that crashes restarts in place: its client misses nothing, then or after it joins again") {
  const auto topic = log_of(Way::value, "crash");
  const client_options at{.socket = "/info", .port = lab_port()};
  listener ann{Way::value, topic, at};
  listener bob{Way::value, topic, at};
  CHECK_FALSE(ann.join());
  CHECK_FALSE(bob.join());
  bob.ask("shout", n(1));
  CHECK(ann.next("shout") == n(1));
  const auto failed = ann.ask("fail", json::object());
  bob.ask("shout", n(2));
  for (int i = 0; i < 2; ++i) { // in either order
    const auto next = ann.raw().next();
    if (next != ann.raw().refused("1", failed, topic, "crashed"))
      CHECK(ann.raw().payload_of(next) == n(2));
  }
  CHECK(ann.join());
  CHECK(ann.next("shout") == n(2)); // since its position is that of the first
  CHECK(ann.raw().next() == ann.raw().closed("1", topic));
  CHECK(ann.raw().hears_nothing());
}

CLAIM("history: what nobody could have said as a position is not honoured, and costs nothing more") {
  const auto topic = log_of(Way::value, "wrong");
  listener ann{Way::value, topic};
  listener bob{Way::value, topic};
  CHECK_FALSE(ann.join());
  bob.join();
  bob.publish(1);
  CHECK(ann.next() == n(1));
  const auto right = ann.position.get<std::string>();
  const std::vector<json> wrong = {"@",
                                   "@@@@",
                                   5,
                                   true,
                                   json{{}},
                                   "x",
                                   right + "A",
                                   right.substr(1),
                                   "@\u00e4",
                                   "@\"\\",
                                   "",
                                   std::string(1000, '@'),
                                   std::string("\0", 1)};
  for (const auto& x : wrong) {
    CAPTURE(x);
    ann.reconnect();
    ann.position = x;
    const bool recovered = ann.join();
    CHECK_FALSE(recovered);
    CHECK(ann.raw().hears_nothing());
  }
  bob.publish(2);
  CHECK(ann.next() == n(2));
}

CLAIM("history: what a client sent with broadcast_from does not come back to it while it is connected") {
  const auto topic = log_of(Way::value, "from");
  listener ann{Way::value, topic};
  listener bob{Way::value, topic};
  CHECK_FALSE(ann.join());
  CHECK_FALSE(bob.join());
  ann.publish(1);
  CHECK(bob.next() == n(1));
  bob.publish(2);
  CHECK(ann.next() == n(2));
  ann.position = ann.history.at("position");
  CHECK(ann.join());
  CHECK(ann.next() == n(2));
  CHECK(ann.raw().next() == ann.raw().closed("1", topic));
  CHECK(ann.raw().hears_nothing());
}

CLAIM("history: what exceeds the bounds of its topic is lost, and the client is told so") {
  const auto topic = "logshort" + log_of(Way::value, "many").substr(3);
  listener ann{Way::value, topic};
  listener bob{Way::value, topic};
  CHECK_FALSE(ann.join());
  CHECK_FALSE(bob.join());
  for (int x = 1; x <= 10; ++x)
    bob.publish(x);
  ann.reconnect();
  const auto start = ann.position;
  CHECK(ann.join());
  for (int x = 1; x <= 10; ++x)
    CHECK(ann.next() == n(x));
  bob.publish(11);
  CHECK(ann.next() == n(11));
  ann.reconnect();
  ann.position = start;
  CHECK_FALSE(ann.join());
  CHECK(ann.raw().hears_nothing());
}

CLAIM_V2("history: a binary broadcast has no room for a position, so that a message with it follows") {
  const auto topic = log_of(Way::value, "binary");
  listener ann{Way::value, topic};
  listener bob{Way::value, topic};
  CHECK_FALSE(ann.join());
  CHECK_FALSE(bob.join());
  const std::string head{0, 1, 1, static_cast<char>(topic.size()), 3}; // then join_ref, ref, topic, event
  bob.raw().send_binary(head + "1" + "7" + topic + "pub" + "bytes");
  const auto next_bytes = [](client& x) {
    return x.speaks().vsn == 2 && std::string_view{x.transport()} == "websocket" ? x.frames().next_binary()
                                                                                 : x.next_text();
  };
  CHECK(next_bytes(ann.raw()).find("msg") != std::string::npos);
  CHECK(ann.next("position") == json::object());
  ann.reconnect();
  bob.raw().send_binary(head + "1" + "8" + topic + "pub" + "later");
  next_bytes(bob.raw()), bob.next("position"), bob.raw().next(); // the first, its position, its answer
  next_bytes(bob.raw()), bob.next("position"), bob.raw().next();
  CHECK(ann.join());
  next_bytes(ann.raw());
  CHECK(ann.next("position") == json::object());
  CHECK(ann.raw().hears_nothing());
}
