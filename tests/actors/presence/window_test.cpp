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

TEST_CASE("presence window: joins and leaves have the format of Phoenix") {
  presence_window window;
  window.add(change(true, 1, "ann", meta({{"at", 5}}, "r1")));
  window.add(change(true, 2, "ann", meta(no_one, "r2")));
  window.add(change(false, 3, "bob\"", meta(no_one, "r3")));
  const auto diff = only_diff(window);
  CHECK(diff["joins"] == json::parse(R"({"ann":{"metas":[{"at":5,"phx_ref":"r1"},{"phx_ref":"r2"}]}})"));
  CHECK(diff["leaves"] == json::parse(R"({"bob\"":{"metas":[{"phx_ref":"r3"}]}})"));
}

TEST_CASE("presence window: a join and a leave within one window are sent one after the other") {
  presence_window window;
  window.add(change(true, 1, "ann", meta(no_one, "r1")));
  window.add(change(true, 2, "bob", meta(no_one, "r2")));
  window.add(change(false, 1, "ann", meta(no_one, "r1")));
  const auto diffs = window.flush();
  REQUIRE(diffs.size() == 2);
  const json ann = {{"ann", {{"metas", {{{"phx_ref", "r1"}}}}}}};
  CHECK(diffs[0].body.value()["joins"].size() == 2);
  CHECK(diffs[0].body.value()["leaves"] == no_one);
  CHECK(diffs[1].body.value() == json{{"joins", no_one}, {"leaves", ann}});
  CHECK(window.empty());
}

TEST_CASE("presence window: a leave and the same presence again cancel out") {
  presence_window window;
  window.add(change(false, 1, "ann", meta(no_one, "r1")));
  window.add(change(true, 1, "ann", meta(no_one, "r1")));
  CHECK(window.flush().empty());
}

TEST_CASE("presence window: an update is a leave and a join in one diff") {
  presence_window window;
  window.add(change(false, 1, "ann", meta(no_one, "r1")));
  window.add(change(true, 1, "ann", meta({{"away", true}}, "r2", "r1")));
  const auto diff = only_diff(window);
  CHECK(diff["leaves"]["ann"]["metas"] == json::parse(R"([{"phx_ref":"r1"}])"));
  CHECK(diff["joins"]["ann"]["metas"] == json::parse(R"([{"away":true,"phx_ref":"r2","phx_ref_prev":"r1"}])"));
}

TEST_CASE("presence window: several updates are sent one after the other, so that clients that saw any of them end "
          "with the last one") {
  presence_window window;
  window.add(change(false, 1, "ann", meta(no_one, "r1")));
  window.add(change(true, 1, "ann", meta(no_one, "r2", "r1")));
  window.add(change(false, 1, "ann", meta(no_one, "r2", "r1")));
  window.add(change(true, 1, "ann", meta(no_one, "r3", "r2")));
  const auto diffs = window.flush();
  REQUIRE(diffs.size() == 2);
  const std::string refs[] = {"r1", "r2", "r3"};
  for (size_t i = 0; i < 2; ++i) {
    const auto& diff = diffs[i].body.value();
    CHECK(diff["leaves"]["ann"]["metas"][0]["phx_ref"] == refs[i]);
    CHECK(diff["joins"]["ann"]["metas"][0]["phx_ref"] == refs[i + 1]);
    CHECK(diff["joins"]["ann"]["metas"][0]["phx_ref_prev"] == refs[i]);
  }
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

TEST_CASE("presence view: it lists presences by topic and key") {
  presence_view view;
  CHECK(view.state("room:1").value() == no_one);
  view.apply(change(true, 1, "ann", meta({{"n", 1}}, "r1")));
  view.apply(change(true, 2, "bob", meta(no_one, "r2")));
  CHECK(view.state("room:1").value()
        == json::parse(R"({"ann":{"metas":[{"n":1,"phx_ref":"r1"}]},"bob":{"metas":[{"phx_ref":"r2"}]}})"));
  CHECK(view.by_key("room:1", "bob").value() == json::parse(R"({"metas":[{"phx_ref":"r2"}]})"));
  CHECK(view.by_key("room:1", "eve").value() == no_one);
  CHECK(view.size("room:1") == 2);
  view.apply(change(false, 1, "ann", meta(no_one, "r1")));
  view.apply(change(false, 2, "bob", meta(no_one, "r2")));
  CHECK(view.empty());
}

TEST_CASE("presence view: joining twice and leaving without joining are programming errors") {
  presence_view view;
  const auto join = change(true, 1, "ann", meta(no_one, "r1"));
  const auto leave = change(false, 1, "ann", meta(no_one, "r1"));
  CHECK_THROWS_AS(view.apply(leave), std::logic_error);
  view.apply(join);
  CHECK_THROWS_AS(view.apply(join), std::logic_error);
}

TEST_CASE("presence meta: it is an object, and clients cannot set the marks phx_ref and phx_ref_prev") {
  CHECK_THROWS_WITH_AS(meta(json::array(), "r"), doctest::Contains("not array"), std::invalid_argument);
  CHECK(meta({{"phx_ref", "forged"}, {"phx_ref_prev", "x"}, {"a", 1}}, "r").body.bytes() == R"({"a":1})");
}

TEST_CASE("presence meta: every digit stays as it was written, at any depth") {
  const std::string exact =
    R"({"n":18446744073709551617,"f":1.0,"deep":)" + std::string(5'000, '[') + std::string(5'000, ']') + "}";
  CHECK(presence_meta::make(payload::from_text(exact), "r").body.bytes() == exact);
  CHECK(presence_meta::make(payload::from_text(" { } "), "r").body.bytes() == "{}");
  CHECK_THROWS_AS(presence_meta::make(payload::binary("{}"), "r"), std::invalid_argument);
}
