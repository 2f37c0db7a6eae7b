#include <doctest/doctest.h>

#include <chrono>
#include <string>

#include <nlohmann/json.hpp>

#include "apps/board/board.hpp"
#include <bennu/testing/channel_case.hpp>
#include <bennu/testing/cluster_case.hpp>

using namespace std::chrono_literals;
using bennu::json;

namespace {

/// A stroke of one point, as a client sends it.
bennu::payload line(char id) {
  return bennu::payload::binary(std::string{0, 0, 0, id, 1, 2, 3, 4, 0, 10, 0, 20});
}

json seen(const bennu::payload& x) {
  return json::binary({x.bytes().begin(), x.bytes().end()});
}

struct shared_board {
  bennu::channel_case test{board::clients()};
  bennu::test_channel ann = enter("ann"), bob = enter("bob");

  bennu::test_channel enter(const std::string& name, json params = json::object()) {
    params["name"] = name;
    return test.connect().join("board:lobby", params);
  }
};

} // namespace

TEST_CASE("board: others receive a stroke as it was sent, and its author does not") {
  shared_board x;
  x.ann.expect_reply(x.ann.push("stroke", line(1)), "ok");
  CHECK(x.bob.expect_received("stroke") == seen(line(1)));
  x.ann.expect_not_received("stroke");
}

TEST_CASE("board: what is no stroke is refused") {
  shared_board x;
  const auto refused = json{{"reason", "malformed"}};
  x.ann.expect_reply(x.ann.push("stroke", {{"x", 1}}), "error", refused);
  for (const size_t size : {0ul, 8ul, 13ul, board::max_stroke_bytes + 4})
    x.ann.expect_reply(x.ann.push("stroke", bennu::payload::binary(std::string(size, 'x'))), "error", refused);
  x.bob.expect_not_received("stroke");
}

TEST_CASE("board: who comes later sees what has been drawn since the board was cleared, with what was undone") {
  shared_board x;
  x.ann.push("stroke", line(1));
  x.bob.push("clear");
  x.ann.push("stroke", line(2));
  x.bob.push("stroke", line(3));
  x.ann.push("undo", {{"id", 2}});
  auto cat = x.enter("cat");
  cat.expect_push("redraw");
  CHECK(cat.expect_push("stroke") == seen(line(2)));
  CHECK(cat.expect_push("stroke") == seen(line(3)));
  cat.expect_push("undo", {{"id", 2}});
  cat.expect_no_push("stroke");
}

TEST_CASE("board: who comes back receives only what was missed") {
  shared_board x;
  x.ann.push("stroke", line(1));
  const auto position = x.bob.position();
  x.bob.leave();
  x.ann.push("stroke", line(2));
  auto again = x.enter("bob", {{"since", position}});
  CHECK(again.is_recovered());
  CHECK(again.expect_received("stroke") == seen(line(2)));
  again.expect_no_push("redraw");
  again.expect_not_received("stroke");
}

TEST_CASE("board: others see a cursor with the name, and it is no part of the drawing") {
  shared_board x;
  x.ann.push("cursor", {{"x", 3}, {"y", 4}});
  x.bob.expect_received("cursor", {{"name", "ann"}, {"x", 3}, {"y", 4}});
  x.enter("cat").expect_no_push("cursor");
  CHECK(x.test.presence("board:lobby").contains("ann"));
}

TEST_CASE("board: a client without a proper name is refused") {
  shared_board x;
  x.test.connect().expect_join_refused("board:lobby", {{"name", ""}}, {{"reason", "a name is missing"}});
  CHECK(x.test.connect().try_join("board:lobby", {{"name", std::string(41, 'x')}}).status == "error");
}

TEST_CASE("board: the drawing outlives the node on which it was drawn") {
  bennu::for_seeds(
    3, [](bennu::node&) { return board::clients(); }, {.nodes = {"a", "b"}},
    [](bennu::cluster_case& test) {
      auto ann = test.connect("a").join("board:lobby", {{"name", "ann"}});
      auto undone = ann.push("undo", {{"id", 7}});
      test.expect_soon("it is known", [&] { return ann.received("undo").size() == 1; });
      test.run_for(1s); // what a node has not sent to any other node when it dies is lost
      test.crash("a");
      auto bob = test.connect("b").join("board:lobby", {{"name", "bob"}});
      test.expect_soon("bob sees the board", [&] { return bob.received("redraw").size() == 1; });
      test.run_for(1s);
      test.expect("with what happened on it", bob.received("undo") == std::vector{json{{"id", 7}}});
    });
}
