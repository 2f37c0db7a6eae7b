#include <doctest/doctest.h>
#include <nlohmann/json.hpp>

#include <bennu/actors/tree_json.hpp>

using namespace bennu;
using namespace std::chrono_literals;
using nlohmann::json;

namespace {

tree_node worker_node() {
  tree_node x;
  x.id = "room:lobby";
  x.label = "room_channel";
  x.actor = 12;
  x.since = 1500ms;
  x.restarts = 2;
  x.restarts_left = 3;
  x.mailbox_depth = 1;
  x.mailbox_high_water = 7;
  x.last_crash = "crashed: bad index";
  return x;
}

} // namespace

TEST_CASE("tree_json: a worker has all known values") {
  CHECK(to_json(worker_node())
        == json{{"id", "room:lobby"},
                {"label", "room_channel"},
                {"actor", 12},
                {"type", "worker"},
                {"state", "running"},
                {"answers", true},
                {"since_ms", 1500},
                {"restarts", 2},
                {"restarts_left", 3},
                {"mailbox", {{"depth", 1}, {"high_water", 7}}},
                {"last_crash", "crashed: bad index"}});
}

TEST_CASE("tree_json: a supervisor has its children in order and the number of hidden ones") {
  tree_node root;
  root.id = "root";
  root.type = child_type::supervisor;
  root.children = {worker_node(), worker_node()};
  root.children[1].id = "second";
  root.hidden = 40;
  auto seen = to_json(root);
  REQUIRE(seen["children"].size() == 2);
  CHECK(seen["children"][1]["id"] == "second");
  CHECK(seen["hidden"] == 40);
  CHECK(seen["actor"].is_null());
  CHECK(seen["last_crash"].is_null());
}

TEST_CASE("tree_json: a text that is not UTF-8 becomes UTF-8") {
  auto x = worker_node();
  x.last_crash = "crashed: \xFF";
  CHECK(to_json(x)["last_crash"] == "crashed: \xEF\xBF\xBD");
  CHECK_FALSE(to_json(x).dump().empty());
}
