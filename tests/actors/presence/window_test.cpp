#include <doctest/doctest.h>

#include <nlohmann/json.hpp>

#include "actors/presence/view.hpp"

using namespace bennu;
using namespace bennu::engine;

namespace {

presence_change change(bool joined, uint64_t id, std::string key, presence_meta meta) {
  return {joined, {1, id}, "room:1", std::move(key), std::move(meta)};
}

presence_meta meta(const json& body, std::string ref, std::string prev = {}) {
  return presence_meta::make(body, std::move(ref), std::move(prev));
}

json only_diff(presence_window& window) {
  const auto diffs = window.flush();
  REQUIRE(diffs.size() == 1);
  CHECK(diffs[0].topic == "room:1");
  return diffs[0].body.value();
}

const json no_one = json::object();

} // namespace

TEST_CASE("presence window: a leave and the same presence again cancel out") {
  presence_window window;
  window.add(change(false, 1, "ann", meta(no_one, "r1")));
  window.add(change(true, 1, "ann", meta(no_one, "r1")));
  CHECK(window.flush().empty());
}

TEST_CASE("presence window: a leave, the same presence again and a leave are one leave") {
  presence_window window;
  window.add(change(false, 1, "ann", meta(no_one, "r1")));
  window.add(change(true, 1, "ann", meta(no_one, "r1")));
  window.add(change(false, 1, "ann", meta(no_one, "r1")));
  const auto diff = only_diff(window);
  CHECK(diff["joins"] == no_one);
  CHECK(diff["leaves"]["ann"]["metas"][0]["phx_ref"] == "r1");
}

TEST_CASE("presence view: joining twice and leaving without joining are programming errors") {
  presence_view view;
  const auto join = change(true, 1, "ann", meta(no_one, "r1"));
  const auto leave = change(false, 1, "ann", meta(no_one, "r1"));
  CHECK_THROWS_AS(view.apply(leave), std::logic_error);
  view.apply(join);
  CHECK_THROWS_AS(view.apply(join), std::logic_error);
}

TEST_CASE("presence meta: every digit stays as it was written, at any depth") {
  const std::string exact =
    R"({"n":18446744073709551617,"f":1.0,"deep":)" + std::string(5'000, '[') + std::string(5'000, ']') + "}";
  CHECK(presence_meta::make(payload::from_text(exact), "r").body.bytes() == exact);
  CHECK(presence_meta::make(payload::from_text(" { } "), "r").body.bytes() == "{}");
  CHECK_THROWS_AS(presence_meta::make(payload::binary("{}"), "r"), std::invalid_argument);
}
