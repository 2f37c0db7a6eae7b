// Presence as the clients of one node, or of several, see it.
#include <chrono>
#include <string>

#include <doctest/doctest.h>
#include <nlohmann/json.hpp>

#include "tests/actors/answers.hpp"
#include <bennu/actors/channel.hpp>
#include <bennu/actors/node.hpp>
#include <bennu/actors/presence.hpp>
#include <bennu/testing/channel_case.hpp>
#include <bennu/testing/cluster_case.hpp>

using namespace bennu;
using namespace bennu::test;
using namespace std::chrono_literals;

namespace {

/// A room whose client asks who is there, and shows itself.
class hall : public channel_of<hall> {
public:
  using channel_of::channel_of;
  join_result join(const json&) override { return accept{}; }
  static events<hall> events_in() {
    return {{"show me", [](hall& self, const json& in) { self.presence().track(in.at("as").get<std::string>(), in); }},
            {"who", [](hall& self, const json&) { return reply::ok(self.presence().list()); }}};
  }
};

endpoint halls() {
  return endpoint{"/socket"}.serve<open_socket>().channel<hall>("hall:*");
}

constexpr auto one_window = 20ms;
constexpr auto grace_time = 5s;

/// A client in `hall:x`, where others come and go.
struct hall_case : channel_case {
  hall_case() : channel_case(halls()) {}

  /// The ref of the first presence with this key.
  std::string ref_of(const std::string& key) { return presence("hall:x").at(key).at("metas").at(0).at("phx_ref"); }

  test_channel hall = connect().join("hall:x");
};

pattern diff(const json& joins, const json& leaves) {
  return {{"joins", exactly(joins)}, {"leaves", exactly(leaves)}};
}

const auto nobody = json::object();

/// A presence with one meta.
json alone(json meta) {
  return {{"metas", json::array({std::move(meta)})}};
}

} // namespace

// -- diffs ----------------------------------------------------------------------

TEST_CASE("presence: within a window, all who come and go are one diff in Phoenix's format") {
  hall_case test;
  const auto bob = test.track("hall:x", "bob");
  const auto bobs = test.ref_of("bob");
  test.advance(one_window);
  test.hall.expect_received("presence_diff");
  const auto ann = test.track("hall:x", "ann", {{"at", 5}});
  const auto cat = test.track("hall:x", "cat\"");
  const auto joins = json{{"ann", alone({{"at", 5}, {"phx_ref", test.ref_of("ann")}})},
                          {"cat\"", alone({{"phx_ref", test.ref_of("cat\"")}})}};
  bob.leave();
  test.hall.expect_not_received("presence_diff");
  test.advance(one_window);
  test.hall.expect_received("presence_diff", diff(joins, {{"bob", alone({{"phx_ref", bobs}})}}));
  test.hall.expect_not_received("presence_diff");
}

TEST_CASE("presence: two presences with one key are two metas, and one of them can leave") {
  hall_case test;
  const auto phone = test.track("hall:x", "ann", {{"device", "phone"}});
  const auto laptop = test.track("hall:x", "ann", {{"device", "laptop"}});
  test.advance(one_window);
  const auto device = [](const std::string& x) -> pattern { return {{"device", x}}; };
  test.hall.expect_received("presence_diff",
                            {{"joins", {{"ann", {{"metas", list({device("phone"), device("laptop")})}}}}}});
  phone.leave();
  test.advance(one_window);
  test.hall.expect_received("presence_diff", {{"joins", exactly(nobody)}, {"leaves", {{"ann", any()}}}});
  test.hall.expect_reply(test.hall.push("who"), "ok", {{"ann", {{"metas", list({device("laptop")})}}}});
}

TEST_CASE("presence: several updates are sent one after the other, so that clients that saw any of them end with the "
          "last one") {
  hall_case test;
  const auto ann = test.track("hall:x", "ann", {{"n", 1}});
  std::vector<std::string> refs{test.ref_of("ann")};
  test.advance(one_window);
  test.hall.expect_received("presence_diff");
  for (int n = 2; n <= 3; ++n) {
    ann.update({{"n", n}});
    refs.push_back(test.ref_of("ann"));
  }
  test.advance(one_window);
  for (size_t i = 1; i < refs.size(); ++i)
    test.hall.expect_received(
      "presence_diff",
      {{"joins", {{"ann", {{"metas", list({{{"n", i + 1}, {"phx_ref", refs[i]}, {"phx_ref_prev", refs[i - 1]}}})}}}}},
       {"leaves", {{"ann", {{"metas", list({{{"n", i}, {"phx_ref", refs[i - 1]}}})}}}}}});
  test.hall.expect_not_received("presence_diff");
}

TEST_CASE("presence: diffs of one topic do not reach the clients of another") {
  hall_case test;
  const auto elsewhere = test.track("hall:y", "bob");
  test.advance(1s);
  test.hall.expect_not_received("presence_diff");
  test.hall.expect_reply(test.hall.push("who"), "ok", exactly(nobody));
}

TEST_CASE("presence: what another actor tracks on the topic of a channel reaches clients that have tracked nobody") {
  hall_case test;
  const auto bob = test.connect().join("hall:x");
  bob.push("show me", {{"as", "bob"}});
  test.advance(one_window);
  for (const auto& client : {test.hall, bob})
    client.expect_received("presence_diff", {{"joins", {{"bob", any()}}}});
}

TEST_CASE("presence: a client that leaves or disconnects is present no more, on any node") {
  hall_case test;
  const auto other = test.start_node();
  const auto there = other.connect().join("hall:x");
  for (const bool disconnects : {false, true}) {
    CAPTURE(disconnects);
    const auto client = test.connect();
    const auto bob = client.join("hall:x");
    bob.push("show me", {{"as", "bob"}});
    test.advance(1s);
    there.expect_received("presence_diff", {{"joins", {{"bob", any()}}}});
    if (disconnects)
      client.close();
    else
      bob.leave();
    test.advance(1s);
    there.expect_received("presence_diff", {{"leaves", {{"bob", any()}}}});
    CHECK(other.presence("hall:x") == nobody);
  }
}

// -- lists ----------------------------------------------------------------------

TEST_CASE("presence: it is read by topic and by key, and a topic without anybody is empty") {
  hall_case test;
  auto& all = test.home().presences();
  CHECK(test.presence("hall:x") == nobody);
  const auto ann = test.track("hall:x", "ann", {{"n", 1}});
  const auto bob = test.track("hall:x", "bob");
  const auto anns = alone({{"n", 1}, {"phx_ref", test.ref_of("ann")}});
  CHECK(test.presence("hall:x") == json{{"ann", anns}, {"bob", alone({{"phx_ref", test.ref_of("bob")}})}});
  CHECK(all.get_by_key("hall:x", "ann").value() == anns);
  CHECK(all.get_by_key("hall:x", "eve").value() == nobody);
  CHECK(all.count("hall:x") == 2);
  ann.leave();
  bob.leave();
  CHECK(test.presence("hall:x") == nobody);
}

TEST_CASE("presence: a client cannot set the marks phx_ref and phx_ref_prev, and a meta is an object") {
  hall_case test;
  test.hall.push("show me", {{"as", "ann"}, {"phx_ref", "forged"}, {"phx_ref_prev", "forged"}, {"x", 1}});
  const auto meta = test.presence("hall:x")["ann"]["metas"][0];
  CHECK(meta == json{{"as", "ann"}, {"x", 1}, {"phx_ref", meta["phx_ref"]}});
  CHECK(meta["phx_ref"] != "forged");
  CHECK_THROWS_WITH_AS(test.track("hall:x", "bob", json::array()), doctest::Contains("not array"),
                       std::invalid_argument);
}

// -- several nodes ------------------------------------------------------------------

TEST_CASE("presence: a client sees who is present on another node, also those who were there before the nodes met") {
  hall_case test;
  const auto ann = test.track("hall:x", "ann");
  test.advance(1s);
  const auto other = test.start_node();
  test.advance(1s);
  const auto there = other.connect().join("hall:x");
  there.expect_reply(there.push("who"), "ok", {{"ann", any()}});
  const auto bob = other.track("hall:x", "bob");
  test.advance(1s);
  test.hall.expect_received("presence_diff", {{"joins", {{"bob", any()}}}});
  CHECK(test.presence("hall:x") == other.presence("hall:x"));
}

namespace {

/// The hall knows that bob is on another node, whose links have just been cut.
struct hall_cut_off : hall_case {
  hall_cut_off() {
    advance(1s);
    hall.expect_received("presence_diff");
    other.cut();
  }

  test_node other = start_node();
  simulated_member bob = other.track("hall:x", "bob");
};

} // namespace

TEST_CASE("presence: those of a lost node stay for the grace time, then leave, and come back with the node") {
  hall_cut_off test;
  test.advance(grace_time - 100ms);
  CHECK(test.presence("hall:x").contains("bob"));
  test.hall.expect_not_received("presence_diff");
  test.advance(1s);
  CHECK(test.presence("hall:x") == nobody);
  test.hall.expect_received("presence_diff", {{"leaves", {{"bob", any()}}}});
  const auto cat = test.other.track("hall:x", "cat");
  test.other.heal();
  test.advance(1s);
  test.hall.expect_received("presence_diff", {{"joins", {{"bob", any()}, {"cat", any()}}}});
}

TEST_CASE("presence: a link that is lost for less than the grace time changes nothing for clients") {
  hall_cut_off test;
  test.advance(grace_time - 1s);
  test.other.heal();
  test.advance(1min);
  test.hall.expect_not_received("presence_diff");
  CHECK(test.presence("hall:x").contains("bob"));
}

namespace {

/// Two nodes, of which b knows that ann is present on a.
struct two_halls : cluster_case {
  two_halls()
    : cluster_case(1, [](bennu::node&) { return halls(); }, {.nodes = {"a", "b"}, .presence = {.grace = 1h}}) {
    connect("a").join("hall:x").push("show me", {{"as", "ann"}});
    expect_soon("b knows ann", [&] { return presence("b", "hall:x").contains("ann"); });
  }
};

} // namespace

TEST_CASE("presence: when a node starts again, those of its former life leave before the grace time is over") {
  two_halls test;
  test.crash("a");
  test.run_for(1min);
  CHECK(test.presence("b", "hall:x").contains("ann")); // the node may come back
  test.restart("a");
  test.run_for(5s);
  CHECK(test.presence("b", "hall:x") == nobody);
}

TEST_CASE("presence: when a node stops in order, everybody on it leaves without a grace time") {
  two_halls test;
  test.stop("a");
  test.run_for(5s);
  CHECK(test.presence("b", "hall:x") == nobody);
}
