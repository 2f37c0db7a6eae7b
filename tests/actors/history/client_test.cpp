// History as the clients of one node, or of several, see it: what they get when they come back, and when they do not.
#include <chrono>
#include <string>

#include <doctest/doctest.h>
#include <nlohmann/json.hpp>

#include "actors/history/store.hpp"
#include "actors/node/node_parts.hpp"
#include "tests/actors/answers.hpp"
#include <bennu/actors/channel.hpp>
#include <bennu/actors/node.hpp>
#include <bennu/testing/channel_case.hpp>
#include <bennu/testing/cluster_case.hpp>

using namespace bennu;
using namespace bennu::test;
using namespace std::chrono_literals;

namespace {

class diary : public channel_of<diary> {
public:
  using channel_of::channel_of;
  join_result join(const json&) override { return accept{}; }
  static events<diary> events_in() {
    return {{"write",
             [](diary& self, const json& in) {
               self.broadcast("written", in);
               return reply::ok();
             }},
            {"write for others", [](diary& self, const json& in) { self.broadcast_from("written", in); }}};
  }
};

endpoint diaries(const history& bounds = {}) {
  channel_options with_history;
  with_history.history = bounds;
  return endpoint{"/socket"}.serve<open_socket>().channel<diary>("diary:*", with_history);
}

/// Somebody writes numbered entries into `diary:a`.
struct diary_case : channel_case {
  explicit diary_case(const history& bounds) : channel_case(diaries(bounds)) {}

  void write(int count) {
    for (int i = 0; i < count; ++i)
      broadcast("diary:a", "written", {{"n", ++written}});
  }

  /// What the node counts for its metrics.
  engine::history_numbers numbers() { return home().parts().histories.numbers(); }

  int written = 0;
};

test_channel join(const test_node& node) {
  return node.connect().join("diary:a");
}

/// Joins anew with the position that the client of `before` has, as a client that was away does.
test_channel come_back(const test_channel& before, const test_node& to) {
  return to.connect().join("diary:a", {{"since", before.position()}});
}

void expect_numbers(const test_channel& client, int first, int last) {
  for (int n = first; n <= last; ++n)
    client.expect_received("written", exactly({{"n", n}}));
  client.expect_not_received("written");
}

} // namespace

// -- bounds ---------------------------------------------------------------------

TEST_CASE("bounds: history::messages: the oldest are dropped, and a position before them is not honoured") {
  diary_case test{{.messages = 3}};
  const auto ann = join(test);
  const auto start = ann.position();
  test.write(3);
  const auto bob = test.connect().join("diary:a", {{"since", start}});
  CHECK(bob.is_recovered());
  expect_numbers(bob, 1, 3);
  test.write(1);
  const auto cat = test.connect().join("diary:a", {{"since", start}});
  CHECK_FALSE(cat.is_recovered());
  cat.expect_not_received("written");
  CHECK(test.numbers().dropped == 1);
}

TEST_CASE("bounds: history::bytes: the oldest are dropped, and a position before them is not honoured") {
  diary_case test{{.bytes = 3000}};
  const auto ann = join(test);
  const auto start = ann.position();
  test.write(98);
  const auto newest_but_two = ann.position();
  test.write(2);
  CHECK_FALSE(test.connect().join("diary:a", {{"since", start}}).is_recovered());
  const auto bob = test.connect().join("diary:a", {{"since", newest_but_two}});
  CHECK(bob.is_recovered());
  expect_numbers(bob, 99, 100);
}

TEST_CASE("bounds: history::age: older messages are dropped, and a position before them is not honoured") {
  diary_case test{{.age = 2s}};
  const auto ann = join(test);
  const auto start = ann.position();
  test.write(1);
  test.advance(1s);
  const auto bob = test.connect().join("diary:a", {{"since", start}});
  CHECK(bob.is_recovered());
  expect_numbers(bob, 1, 1);
  test.advance(2s);
  CHECK_FALSE(test.connect().join("diary:a", {{"since", start}}).is_recovered());
  CHECK(test.numbers().aged == 1);
}

// -- what a client gets -----------------------------------------------------------

TEST_CASE("history: what a client itself sent with broadcast_from does not come back to it, and others get it") {
  diary_case test{{}};
  const auto client = test.connect();
  const auto ann = client.join("diary:a");
  const auto start = ann.position();
  ann.push("write for others", {{"n", 1}});
  test.broadcast("diary:a", "written", {{"n", 2}});
  client.forget_received();
  const auto again = client.join("diary:a", {{"since", start}});
  CHECK(again.is_recovered());
  expect_numbers(again, 2, 2);
  expect_numbers(test.connect().join("diary:a", {{"since", start}}), 1, 2);
}

TEST_CASE("history: a join whose position is of another topic, or cannot be read, is accepted and does not recover") {
  diary_case test{{}};
  const auto other = test.connect().join("diary:b");
  test.write(1);
  for (const auto& since : {json(other.position()), json("@nonsense"), json(""), json(7), json(nullptr)}) {
    CAPTURE(since.dump());
    const auto ann = test.connect().join("diary:a", {{"since", since}});
    CHECK_FALSE(ann.is_recovered());
    ann.expect_not_received("written");
  }
}

TEST_CASE("history: a client of serializer v1 goes on from its position, too") {
  diary_case test{{}};
  const auto client = test.connect({{"vsn", "1.0.0"}});
  const auto ann = client.join("diary:a");
  client.close();
  test.write(2);
  const auto again = test.connect({{"vsn", "1.0.0"}}).join("diary:a", {{"since", ann.position()}});
  CHECK(again.is_recovered());
  expect_numbers(again, 1, 2);
}

// -- several nodes ------------------------------------------------------------------

TEST_CASE("history: a client goes on at another node, also one that started after what it has missed") {
  diary_case test{{}};
  const auto ann = join(test);
  test.write(2);
  expect_numbers(ann, 1, 2);
  const auto second = test.start_node();
  test.write(1);
  const auto third = test.start_node();
  for (const auto& node : {second, third}) {
    const auto back = come_back(ann, node);
    CHECK(back.is_recovered());
  }
  const auto cat = join(second);
  const auto before = cat.position();
  test.write(2);
  const auto back = third.connect().join("diary:a", {{"since", before}});
  CHECK(back.is_recovered());
  expect_numbers(back, 4, 5);
}

TEST_CASE("history: after a cut between two nodes each one's clients get what the other's have written meanwhile") {
  diary_case test{{}};
  const auto other = test.start_node();
  const auto ann = join(test);
  const auto bob = join(other);
  other.cut();
  ann.push("write", {{"by", "ann"}});
  bob.push("write", {{"by", "bob"}});
  ann.expect_not_received("written", {{"by", "bob"}});
  other.heal();
  for (const auto& client : {ann, bob}) {
    client.expect_received("written", {{"by", "ann"}});
    client.expect_received("written", {{"by", "bob"}});
    client.expect_not_received("written");
  }
}

TEST_CASE("history: a node that started after a log was forgotten honours no position in it") {
  diary_case test{{.age = 2s}};
  const auto ann = join(test);
  test.write(3);
  const auto position = ann.position();
  test.write(7);
  test.advance(1min);
  const auto late = test.start_node();
  CHECK_FALSE(late.connect().join("diary:a", {{"since", position}}).is_recovered());
}

TEST_CASE("history: who misses messages that no node keeps gets phx_error once, and does not recover") {
  for (const bool all_are_too_old : {false, true}) {
    CAPTURE(all_are_too_old);
    diary_case test{{.messages = 10, .age = 2s}};
    const auto other = test.start_node();
    const auto ann = join(other);
    test.write(1);
    ann.expect_received("written");
    const auto position = ann.position();
    other.cut();
    test.write(20);
    const auto up_to_date = come_back(join(test), other); // it misses nothing, although its node does
    if (all_are_too_old)
      test.advance(3s);
    other.heal();
    test.advance(1min);
    ann.expect_error();
    ann.expect_not_received("phx_error");
    CHECK(other.home().parts().histories.numbers().gaps == 1);
    CHECK_FALSE(other.connect().join("diary:a", {{"since", position}}).is_recovered());
    test.write(1);
    ann.expect_not_received("written"); // before it joins again it gets nothing
    expect_numbers(up_to_date, 22, 22);
  }
}

TEST_CASE("history: who misses what its publisher has forgotten since is told so, and so is who was away") {
  diary_case test{{.age = 2s}};
  const auto other = test.start_node();
  const auto ann = join(other);
  other.broadcast("diary:a", "written", {{"n", 0}});
  const auto position = ann.position();
  other.cut();
  test.write(1);
  test.advance(1min);
  other.heal();
  test.advance(1min);
  ann.expect_error();
  CHECK_FALSE(other.connect().join("diary:a", {{"since", position}}).is_recovered());
  const auto now = join(other);
  CHECK(come_back(now, other).is_recovered());
  CHECK(come_back(now, test).is_recovered());
}

TEST_CASE("history: a client whose node is killed goes on at another one, and then at the next life of the first") {
  cluster_case test{1, [](node&) { return diaries(); }, {.nodes = {"a", "b"}}};
  const auto client = test.connect();
  const auto ann = client.join("diary:a");
  const auto bob = test.connect("b").join("diary:a");
  test.run_for(2s);
  int written = 0;
  const auto write = [&] { bob.push("write", {{"n", ++written}}); };
  const auto has_all = [&] {
    const auto& all = ann.received("written");
    if (all.size() != static_cast<size_t>(written))
      return false;
    for (int n = 1; n <= written; ++n)
      if (all[static_cast<size_t>(n - 1)].at("n") != n)
        return false;
    return true;
  };
  for (int life = 1; life <= 4; ++life) {
    write();
    test.expect_soon("ann has it", has_all);
    test.reset(client);
    write(); // while she is away
    test.expect_soon("ann has it, too", [&] { return ann.is_recovered() && has_all(); });
    test.crash("a");
    write();
    test.expect_soon("ann is joined and has all", [&] { return ann.is_joined() && has_all(); });
    test.restart("a");
    test.run_for(5s);
  }
  CHECK(ann.is_recovered());
  CHECK(ann.joins() > 4);
}
