#include <algorithm>

#include <doctest/doctest.h>

#include "tests/actors/cluster/link_pair.hpp"

using namespace bennu;
using namespace bennu::engine;
using namespace std::chrono_literals;

namespace {

template <class T>
size_t count(const std::vector<link_event>& seen) {
  return static_cast<size_t>(
    std::count_if(seen.begin(), seen.end(), [](auto& x) { return std::holds_alternative<T>(x); }));
}

std::string why(const link_event& event) {
  return std::get<link_down>(event).why;
}

struct linked : test::link_pair {
  linked() {
    connect();
    deliver_all();
  }
};

} // namespace

TEST_CASE("link session: both sides are up after their hellos, and each knows the other's number") {
  linked pair;
  REQUIRE(pair.a.session.is_up());
  REQUIRE(pair.b.session.is_up());
  CHECK(pair.a.session.session() == pair.b.session.peer_session());
  CHECK(pair.b.session.session() == pair.a.session.peer_session());
  CHECK(std::get<link_up>(pair.a.seen.at(0)).who == peer{"b", 9});
}

TEST_CASE("link session: blocks arrive in order, and large ones are split so that others can pass") {
  linked pair;
  for (size_t size : {size_t{0}, size_t{10}, size_t{700000}, size_t{3}, max_link_body - 4, size_t{1}})
    pair.send(pair.a, size);
  pair.deliver_all();
  CHECK(count<link_received>(pair.b.seen) == 6);
  CHECK(test::broken(pair.b.seen) == std::nullopt);
  CHECK(pair.a.queue.bytes() == 0);
}

TEST_CASE("link session: the bytes in flight are bounded by the window, and acknowledgements open it again") {
  linked pair;
  for (int i = 0; i < 100; ++i)
    pair.send(pair.a, 200'000);
  CHECK(pair.a.session.in_flight() < link_session::window + max_link_body);
  CHECK(pair.a.queue.bytes() > 10'000'000);
  pair.deliver_all();
  pair.pass(100ms);
  pair.deliver_all();
  CHECK(count<link_received>(pair.b.seen) == 100);
  CHECK(pair.a.session.in_flight() == 0);
  CHECK(pair.a.session.load_in_flight() == link_load{});
}

TEST_CASE("link session: while acknowledgements are held the window stays closed") {
  linked pair;
  pair.b.session.hold_acks(true);
  for (int i = 0; i < 50; ++i)
    pair.send(pair.a, 200'000);
  for (int i = 0; i < 30; ++i) {
    pair.pass(100ms);
    pair.deliver_all();
  }
  CHECK(pair.a.session.is_up());
  CHECK_FALSE(pair.a.session.may_send());
  pair.b.session.hold_acks(false);
  pair.heal();
  CHECK(count<link_received>(pair.b.seen) == 50);
}

TEST_CASE("link session: heartbeats keep a silent link alive") {
  linked pair;
  for (int i = 0; i < 600; ++i) {
    pair.pass(100ms);
    pair.deliver_all();
  }
  CHECK(pair.a.seen.size() == 1);
  CHECK(pair.b.seen.size() == 1);
}

TEST_CASE("link session: a peer that is silent for two seconds is down, and up again when it sends") {
  linked pair;
  for (int i = 0; i < 21; ++i) {
    pair.pass(100ms);
    pair.a.out.clear();
    pair.b.out.clear();
  }
  REQUIRE(count<link_down>(pair.a.seen) == 1);
  CHECK(why(pair.a.seen.back()) == "silent for 2000 ms");
  pair.heal();
  CHECK(pair.a.session.is_up());
  CHECK(pair.b.session.is_up());
  CHECK(count<link_down>(pair.b.seen) == 1);
}

TEST_CASE("link session: a lost frame ends the session on both sides, and the next session starts empty") {
  linked pair;
  pair.send(pair.a);
  pair.a.out.pop_front();
  pair.send(pair.a);
  pair.deliver_all();
  CHECK(count<link_received>(pair.b.seen) == 0);
  CHECK(count<link_down>(pair.a.seen) == 1);
  CHECK(count<link_down>(pair.b.seen) == 1);
  pair.send(pair.a);
  pair.deliver_all();
  CHECK(count<link_received>(pair.b.seen) == 1);
  CHECK(test::broken(pair.b.seen) == std::nullopt);
}

TEST_CASE("link session: a duplicate frame is ignored") {
  linked pair;
  pair.send(pair.a);
  pair.a.out.push_back(pair.a.out.front());
  pair.deliver_all();
  CHECK(count<link_received>(pair.b.seen) == 1);
  CHECK(count<link_down>(pair.b.seen) == 0);
}

TEST_CASE(
  "link session: a node that was started again ends its old session, and nothing of the old life counts any more") {
  linked pair;
  pair.send(pair.a);
  auto late = pair.a.out.front();
  pair.a.out.clear();
  pair.a.session = pair.a.make(8);
  pair.a.session.connected(pair.now);
  pair.deliver_all();
  pair.heal();
  REQUIRE(count<link_up>(pair.b.seen) == 2);
  CHECK(std::get<link_up>(pair.b.seen.back()).who == peer{"a", 8});
  pair.b.session.receive(std::move(late), pair.now);
  pair.collect();
  CHECK(count<link_received>(pair.b.seen) == 0);
  CHECK(count<link_down>(pair.b.seen) == 1);
}

TEST_CASE("link session: without a path nothing arrives, and a new path brings a new session") {
  linked pair;
  pair.send(pair.a);
  pair.b.session.disconnected("the connection is gone");
  pair.deliver_all();
  CHECK(count<link_received>(pair.b.seen) == 0);
  CHECK(why(pair.b.seen.back()) == "the connection is gone");
  pair.b.session.connected(pair.now);
  pair.collect();
  pair.deliver_all();
  pair.heal();
  CHECK(pair.b.session.is_up());
  CHECK(pair.a.session.peer_session() == pair.b.session.session());
}

TEST_CASE("link session: unknown kinds are counted and ignored") {
  linked pair;
  pair.b.session.receive({{.kind = link_kind{77}, .name = "a", .incarnation = 7}, "?"}, pair.now);
  CHECK(pair.b.session.unknown_frames() == 1);
  CHECK(pair.b.session.is_up());
}

TEST_CASE("link session: a malformed body ends the session") {
  linked pair;
  pair.a.session.send("\xff\xff", {1, 0}, pair.now);
  pair.collect();
  pair.deliver_all();
  CHECK(why(pair.b.seen.at(1)) == "a frame that makes no sense");
}

TEST_CASE("link session: messages of the membership pass beside the blocks") {
  linked pair;
  pair.a.session.tell("c is at 10.0.0.3");
  pair.collect();
  pair.deliver_all();
  CHECK(std::get<std::string>(pair.b.seen.back()) == "c is at 10.0.0.3");
}

TEST_CASE("link queue: a block that would exceed the cap, or is too large, is refused") {
  link_queue queue{100};
  CHECK(queue.push(std::make_shared<std::string>(60, 'x'), 0));
  CHECK_FALSE(queue.push(std::make_shared<std::string>(41, 'x'), 0));
  CHECK_FALSE(queue.push(std::make_shared<std::string>(40, 'x'), 1));
  CHECK(queue.push(std::make_shared<std::string>(40, 'x'), 0));
  CHECK(queue.clear() == link_load{2, 0});
  link_queue large{cluster_link::max_block * 3};
  CHECK(large.push(std::make_shared<std::string>(cluster_link::max_block, 'x'), 0));
  CHECK_FALSE(large.push(std::make_shared<std::string>(cluster_link::max_block + 1, 'x'), 0));
}

TEST_CASE("link wire: a head survives encoding and decoding, and a malformed head is refused") {
  const link_head head{.kind = link_kind::data,
                       .name = "node-1",
                       .incarnation = 0xfedcba9876543210,
                       .mine = 3,
                       .yours = 1,
                       .seq = 4,
                       .ack = 1};
  const auto bytes = encode(head);
  CHECK(decode_link_head(bytes) == head);
  CHECK(decode_link_head(bytes + "of a later version") == head);
  for (size_t n = 0; n < bytes.size(); ++n)
    CHECK(decode_link_head(std::string_view{bytes}.substr(0, n)) == std::nullopt);
  CHECK(decode_link_head(encode({.name = std::string(65, 'n')})) == std::nullopt);
}

TEST_CASE("link session: heartbeats measure how long a way and back takes, and smooth it") {
  linked pair;
  const auto measure = [&](std::chrono::milliseconds there, std::chrono::milliseconds back) {
    pair.pass(600ms); // the next heartbeats leave
    pair.now += there;
    pair.deliver(pair.a, pair.b);
    pair.now += back;
    pair.deliver_all();
  };
  CHECK(pair.a.session.round_trip() == 0us); // the first took no time
  measure(30ms, 10ms);
  const auto first = pair.a.session.round_trip();
  CHECK(first == 40ms);
  measure(80ms, 40ms);
  CHECK(pair.a.session.round_trip() == 50ms); // an eighth of the difference
  pair.a.session.cut("the test says so");
  pair.heal();
  CHECK(pair.a.session.round_trip() < 1ms);
}
