#include "transport/publish/commands.hpp"

#include <atomic>
#include <chrono>
#include <string>
#include <thread>
#include <vector>

#include <doctest/doctest.h>
#include <nlohmann/json.hpp>

#include "transport/publish/api_request.hpp"
#include "transport/publish/key_ring.hpp"
#include "transport/publish/node_messages.hpp"
#include "transport/publish/publish_reader.hpp"
#include "transport/publish/topic_count.hpp"
#include "transport/publish/turns.hpp"

using namespace bennu;
using namespace bennu::engine;

namespace {

const known_key any_topic_key{{.secret = "all"}, {}};
const known_key rooms_key{{.secret = "some", .topics = {"room:*", "lobby"}}, {}};

int status_of(const std::string& body, const known_key& by = any_topic_key) {
  const auto read = read_publish(body, by);
  const auto* refused = std::get_if<http_response>(&read);
  return refused != nullptr ? static_cast<int>(refused->status) : 200;
}

http_request shows(const std::string& authorization) {
  http_request result;
  result.headers = {{"Authorization", authorization}};
  return result;
}

} // namespace

TEST_CASE("publish commands: a payload keeps its text, whatever its depth and the size of its numbers") {
  const auto deep = std::string(1'000'000, '[') + std::string(1'000'000, ']');
  for (const std::string& text : {std::string{"1.0"}, std::string{" {\"a\" : 1e2 } "}, std::string(400, '9'), deep}) {
    const auto read = read_publish(R"({"payload":)" + text + R"(,"event":"e","topic":"t"})", any_topic_key);
    const auto& messages = std::get<std::vector<publish_command>>(read);
    REQUIRE(messages.size() == 1);
    CHECK(messages[0].topic == "t");
    CHECK(messages[0].event == "e");
    const auto begin = text.find_first_not_of(' ');
    CHECK(messages[0].body.bytes() == text.substr(begin, text.find_last_not_of(' ') - begin + 1));
  }
}

TEST_CASE("publish commands: every prefix of a request, and every changed byte, is read or refused") {
  const std::string body =
    R"([{"topic":"room:\u00e41","event":"e","payload":{"a":[1,"x\n"]}},{"topic":"b","event":"f","payload":-1.5e3}])";
  CHECK(status_of(body) == 200);
  for (size_t i = 0; i < body.size(); ++i) {
    CHECK(status_of(body.substr(0, i)) == 400);
    for (const char c : {'\0', '"', '[', '}', ',', '\xFF', '\\', '0'}) {
      auto changed = body;
      changed[i] = c;
      const auto status = status_of(changed);
      const bool is_known = status == 200 || status == 400 || status == 422;
      CHECK(is_known);
    }
  }
}

TEST_CASE("publish commands: a body that is read in parts gives the same as one that is read at once") {
  const std::string one = R"({"topic":"room:1","event":"e","payload":[1,{"a":"x"}]})", bad = R"({"topic":"room:1"})",
                    forbidden = R"({"topic":"other","event":"e","payload":1})";
  for (const std::string& body :
       {one, "[" + one + " , " + one + "]", std::string{"[]"}, std::string{" [ ] "}, "[" + one + "," + bad + "]",
        "[" + forbidden + "," + one + "]", "[" + one + "," + one, "[" + one + "]]", "[" + one + one + "]",
        "[" + one + ",]", std::string{"["}, std::string{}}) {
    CAPTURE(body);
    const auto whole = read_publish(body, rooms_key);
    publish_reader reader{body, rooms_key};
    size_t parts = 1;
    while (!reader.read_some(1))
      ++parts;
    const auto in_parts = reader.take();
    CHECK(in_parts.index() == whole.index());
    if (const auto* refused = std::get_if<http_response>(&whole))
      CHECK(refused->body == std::get<http_response>(in_parts).body);
    else
      CHECK(std::get<std::vector<publish_command>>(whole).size()
            == std::get<std::vector<publish_command>>(in_parts).size());
    if (body.find(one + " ,") != std::string::npos)
      CHECK(parts == 2);
  }
}

TEST_CASE("publish commands: of a list that is too long no more is read than its allowed messages") {
  std::string many = "[1";
  for (int i = 0; i < 500'000; ++i)
    many += ",1";
  publish_reader reader{many, any_topic_key};
  while (!reader.read_some(100)) {}
  CHECK(std::get<http_response>(reader.take()).status == 413);
  CHECK(reader.bytes() < 200'000);
}

TEST_CASE("publish commands: what a reader holds counts the messages, not only their texts") {
  std::string body = "[";
  for (int i = 0; i < 1'000; ++i)
    body += (i == 0 ? "" : ",") + std::string{R"({"topic":"t","event":"e","payload":1})"};
  body += "]";
  publish_reader reader{body, any_topic_key};
  CHECK(reader.bytes() == 0);
  while (!reader.read_some(1'000)) {}
  CHECK(reader.bytes() >= 1'000 * sizeof(publish_command));
}

TEST_CASE("turns: owners take turns, and each one's jobs are done in their order") {
  turns<char, int> all;
  for (const int job : {1, 2, 3})
    all.add('a', job);
  all.add('b', 10);
  std::vector<int> done;
  all.pass_on(); // the first of a goes on later
  while (!all.empty()) {
    done.push_back(all.front());
    all.pop();
  }
  CHECK(done == std::vector<int>{10, 1, 2, 3});
  all.add('a', 1);
  all.add('a', 2);
  all.add('b', 10);
  done.clear();
  while (!all.empty()) {
    done.push_back(all.front());
    all.pop();
  }
  CHECK(done == std::vector<int>{1, 10, 2});
}

TEST_CASE("publish commands: a key with patterns may use what they match") {
  const auto message = [](const std::string& topic) {
    return R"({"topic":")" + topic + R"(","event":"e","payload":1})";
  };
  for (const auto* topic : {"room:", "room:1", "lobby"})
    CHECK(status_of(message(topic), rooms_key) == 200);
  for (const auto* topic : {"room", "lobby2", "*", "Room:1", "\\u0000room:1"})
    CHECK(status_of(message(topic), rooms_key) == 403);
  CHECK(status_of("[" + message("x") + ",1]", rooms_key) == 422);
}

TEST_CASE("publish commands: names of the server and of the protocol are refused") {
  for (const auto* event : {"phx_reply", "phx_", "chan_reply_7", "presence_state", "presence_diff", "position"})
    CHECK(status_of(R"({"topic":"t","event":")" + std::string{event} + R"(","payload":1})") == 422);
  for (const auto* event : {"chan_reply", "positions", "presences", "disconnect"})
    CHECK(status_of(R"({"topic":"t","event":")" + std::string{event} + R"(","payload":1})") == 200);
  CHECK(status_of(R"({"topic":"bennu:nodes","event":"e","payload":1})") == 422);
  const auto id = [](const std::string& x) { return read_disconnect(R"({"id":")" + x + "\"}", any_topic_key); };
  CHECK(std::get<http_response>(id("bennu:nodes")).status == 422);
  CHECK(std::get<std::string>(id("bennu")) == "bennu");
}

TEST_CASE("publish commands: Retry-After has whole seconds, rounded up, at least one") {
  using namespace std::chrono_literals;
  const auto after = [](std::chrono::milliseconds x) { return too_many("", x).headers.back().second; };
  CHECK(after(0ms) == "1");
  CHECK(after(1001ms) == "2");
  CHECK(after(300s) == "300");
}

TEST_CASE("key ring: a header that is too long for any key is none, whatever it begins with") {
  const key_ring keys{{.keys = {{"first"}, {"the-second"}}}};
  CHECK(keys.find(shows("Bearer the-second" + std::string(60, ' '))) != nullptr);
  CHECK(keys.find(shows("Bearer the-second" + std::string(8'000, ' '))) == nullptr);
}

TEST_CASE("key ring: a key is found whatever the case of the scheme, and no part or extension of it is") {
  const key_ring keys{{.keys = {{"first"}, {"second"}}}};
  CHECK(keys.find(shows("Bearer first")) != nullptr);
  CHECK(keys.find(shows("bearer  second ")) != nullptr);
  CHECK(keys.find(shows("Bearer first")) != keys.find(shows("Bearer second")));
  for (const auto* x :
       {"", "Bearer", "Bearer ", "Bearer firs", "Bearer firstx", "Bearerfirst", "Basic first", "Bearer first second"})
    CHECK(keys.find(shows(x)) == nullptr);
  CHECK(keys.find({}) == nullptr);
}

TEST_CASE("waiting room: it is bounded in requests and in bytes, but one alone always has a place") {
  waiting_room room{2, 100};
  CHECK(room.enter(60));
  CHECK_FALSE(room.enter(41));
  CHECK(room.enter(40));
  CHECK_FALSE(room.enter(0));
  room.leave(60);
  room.leave(40);
  CHECK(room.enter(1'000));
  CHECK_FALSE(room.enter(1));
  room.leave(1'000);
  CHECK(room.enter(100));
}

TEST_CASE("waiting room: a request may grow as far as the bound, and beyond it when it is alone") {
  waiting_room room{10, 100};
  CHECK(room.enter(10));
  CHECK(room.resize(10, 1'000));
  CHECK_FALSE(room.enter(0));
  CHECK(room.resize(1'000, 50));
  CHECK(room.enter(40));
  CHECK_FALSE(room.resize(50, 61));
  CHECK(room.resize(50, 60));
  CHECK_FALSE(room.enter(1));
  room.leave(60);
  room.leave(40);
  CHECK(room.enter(100));
}

TEST_CASE("key ring: two Authorization headers are no key, whatever they say") {
  const key_ring keys{{.keys = {{"first"}}}};
  http_request twice;
  twice.headers = {{"Authorization", "Bearer first"}, {"authorization", "Bearer first"}};
  CHECK(keys.find(twice) == nullptr);
}

TEST_CASE("waiting room: requests that count topics have eight places of their own") {
  const known_key key{{.secret = "k"}, {.keys = {}, .max_waiting_requests = 9}};
  for (int i = 0; i < 8; ++i)
    CHECK(api_request::room_of(key, api_action::topics).enter(10));
  CHECK_FALSE(api_request::room_of(key, api_action::topics).enter(10));
  CHECK(api_request::room_of(key, api_action::publish).enter(10));
}

TEST_CASE("api messages between nodes: what is written is read again, and no part of it is taken for the whole") {
  const auto key = digest_of("k"), body = digest_of("b");
  const std::vector<api_question> all = {
    api_claim{{"a", 7}, key, body},
    api_records{{"b", 1}, {}},
    api_records{{"b", 1},
                {{key, body, 1'000, std::chrono::milliseconds{5}}, {body, key, 0, std::chrono::milliseconds{0}}}},
    api_records{{"b", 1}, {}, true, false},
    api_records{{"b", 1}, {{key, body, 1, {}}}, false, true},
    api_scan{"room:", "room:1", 100, {"room:*", "lobby"}}};
  for (const auto& x : all) {
    const auto bytes = encode(x);
    CHECK(parse_api_question(bytes) == x);
    for (size_t i = 0; i < bytes.size(); ++i)
      CHECK_FALSE(parse_api_question(bytes.substr(0, i)));
  }
  CHECK_FALSE(parse_api_question(encode(api_scan{"", "", 1, {"a*b"}})));
  CHECK_FALSE(parse_api_question(encode(api_scan{"", "", 1, {""}})));
  const topic_counts counts{{"a", 1}, {"b", 2}};
  CHECK(parse_topic_counts(encode(counts)) == counts);
  CHECK_FALSE(parse_topic_counts(encode(counts).substr(1)));
  CHECK_FALSE(parse_topic_counts(""));
  const idempotency_table::verdict verdict{idempotency_table::answer::repeated, 9};
  CHECK(parse_verdict(encode(verdict)) == verdict);
  const idempotency_table::verdict last{idempotency_table::answer::in_use};
  CHECK(parse_verdict(encode(last)) == last);
  CHECK_FALSE(parse_verdict("\x7F\x01"));
}

TEST_CASE("topics: a query has a prefix, a start and a limit, each at most once") {
  const auto good = read_topics("prefix=room%3A&after=room:1&limit=5", rooms_key);
  CHECK(std::get<api_scan>(good) == api_scan{"room:", "room:1", 5, {"room:*", "lobby"}});
  CHECK(std::get<api_scan>(read_topics("", any_topic_key)) == api_scan{"", "", 100, {}});
  for (const auto* wrong :
       {"limit=0", "limit=1001", "limit=", "limit=x", "limit=1x", "limit=-1", "prefix=a&prefix=b", "prefix=&prefix=b",
        "after=&after=", "limit=1&limit=2", "x=1", "after=%ff", "prefix=%z", "limit=99999999999999999999"})
    CHECK(std::holds_alternative<http_response>(read_topics(wrong, any_topic_key)));
}

TEST_CASE("topics: the first ones are kept with complete counts, in whatever order and parts they come") {
  topic_scan sum{{"r", "r1", 2}};
  for (const auto* x : {"r9", "r3", "q", "r1", "r2", "r3", "s", "r4", "r2", "r9"})
    sum.add(x, 1);
  CHECK(sum.found() == topic_counts{{"r2", 2}, {"r3", 2}, {"r4", 1}});
  topic_scan mine{scan_query({"", "", 10, {"room:*"}})};
  for (const std::string& x :
       {std::string{"room:1"}, std::string{"lobby"}, std::string{"room:\xFF"}, "room:" + std::string(1020, 'x')})
    mine.add(x, 1);
  CHECK(mine.found() == topic_counts{{"room:1", 1}});
  topic_scan all{scan_query({"", "", 10, {}})};
  for (const auto* x : {"bennu:nodes", "bennu", "room:1"})
    all.add(x, 1);
  CHECK(all.found() == topic_counts{{"bennu", 1}, {"room:1", 1}});
}
