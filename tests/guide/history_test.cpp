// The code of apps/guide/history.md.
#include <chrono>
#include <string>

#include <doctest/doctest.h>
#include <nlohmann/json.hpp>

#include <bennu/actors/channel.hpp>
#include <bennu/actors/endpoint.hpp>
#include <bennu/actors/pubsub.hpp>
#include <bennu/testing/channel_case.hpp>

using bennu::json;

namespace {

struct reader : bennu::socket {
  bennu::connect_result connect(const bennu::connect_info&) override { return bennu::connected{}; }
};

class news : public bennu::channel_of<news> {
public:
  using channel_of::channel_of;

  bennu::join_result join(const json&) override { return bennu::accept{}; }

  static bennu::events<news> events_in() {
    return {{"publish", [](news& self, const bennu::payload& in) { self.broadcast("item", in); }},
            {"page", [](news& self, const json& in) { return self.page_after(in.value("after", "")); }}};
  }

  bennu::reply page_after(const std::string& position) {
    const auto page = history_since(position);
    json items = json::array();
    for (const auto& x : page.messages)
      items.push_back({{"item", x->body.value()}, {"position", x->position()}});
    return bennu::reply::ok({{"items", items}, {"complete", page.recovered || position.empty()}});
  }
};

bennu::endpoint news_endpoint() {
  const bennu::history kept{.messages = 1'000, .bytes = size_t{1} << 20, .age = std::chrono::seconds{60}};
  return bennu::endpoint{"/socket"}.serve<reader>().channel<news>("news:*", {.history = kept});
}

} // namespace

TEST_CASE("guide: a client that was away gets what it missed") {
  bennu::channel_case test{news_endpoint()};
  auto client = test.connect();
  auto sports = client.join("news:sports");
  client.close();
  test.broadcast("news:sports", "item", {{"n", 1}});
  auto again = test.connect().join("news:sports", {{"since", sports.position()}});
  CHECK(again.is_recovered());
  again.expect_received("item", {{"n", 1}});
}

TEST_CASE("guide: a channel serves its history in pages") {
  bennu::channel_case test{news_endpoint()};
  auto writer = test.connect().join("news:sports");
  for (const auto n : {1, 2, 3})
    writer.push("publish", {{"n", n}});
  json first;
  writer.expect_reply(writer.push("page"), "ok", {{"items", bennu::capture(first)}, {"complete", true}});
  REQUIRE(first.size() == 3);
  json rest;
  writer.expect_reply(writer.push("page", {{"after", first[1]["position"]}}), "ok",
                      {{"items", bennu::capture(rest)}, {"complete", true}});
  REQUIRE(rest.size() == 1);
  CHECK(rest[0]["item"] == json{{"n", 3}});
}
