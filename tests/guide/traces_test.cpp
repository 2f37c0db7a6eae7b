#include <doctest/doctest.h>

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include <caf/actor_system.hpp>
#include <caf/event_based_actor.hpp>
#include <nlohmann/json.hpp>

#include <bennu/actors/channel.hpp>
#include <bennu/actors/message.hpp>
#include <bennu/actors/node.hpp>
#include <bennu/actors/socket.hpp>
#include <bennu/supervision/config.hpp>
#include <bennu/supervision/telemetry.hpp>
#include <bennu/testing/channel_case.hpp>

using namespace bennu;

namespace {

class open_socket : public socket {
public:
  connect_result connect(const connect_info&) override { return connected{}; }
};

struct traced_request {
  std::vector<std::pair<std::string, std::string>> headers;
};

struct restock {
  trace_context context;
  caf::event_based_actor* shop;
};
BENNU_MESSAGE(restock)

/// A counter of a shop, whose spans the page on traces shows.
class till : public channel_of<till> {
public:
  using channel_of::channel_of;

  join_result join(const json&) override { return accept{}; }

  static events<till> events_in() {
    return {{"order", [](till& self, const json&) { return self.order(); }},
            {"pay", [](till& self, const json& in) { return self.pay_for(in); }},
            {"restock", [](till& self, const json&) {
               self.self()->send(self.self(), restock{trace_context::current(), self.self()});
             }}};
  }

  caf::message_handler handle_info() override {
    return {
      // clang-format off
        [](const restock& x) {
          const trace_scope scope{x.context};
          const trace_span span{x.shop->system(), "restock"};
        },
      // clang-format on
    };
  }

private:
  static bool pay(const json& in) { return in.at("cents").get<int64_t>() < 1'000; }

  reply order() {
    const trace_span query{self()->system(), "orders.find", span_kind::client};
    traced_request request;
    const auto context = trace_context::current();
    if (context.is_valid())
      request.headers = {{"traceparent", context.traceparent()}, {"tracestate", context.state}};
    return reply::ok({{"headers", request.headers.size()}});
  }

  reply pay_for(const json& in) {
    trace_span payment{self()->system(), "payment", span_kind::client};
    payment.set("shop.cents", in.at("cents").get<int64_t>()).set("shop.currency", "EUR");
    if (!pay(in))
      payment.fail("the card was declined");
    return reply::ok();
  }
};

struct shop_case {
  std::vector<span_record> finished;
  channel_case world{endpoint{"/socket"}.serve<open_socket>().channel<till>("till:*"),
                     {.prepare = [this](node& x) { watch(x.system()); }}};

  void watch(caf::actor_system& system) {
    telemetry::of(system).trace({}, [&](span_record&& x) { finished.push_back(std::move(x)); });
  }

  const span_record* find(const std::string& name) const {
    const auto found = std::find_if(finished.begin(), finished.end(), [&](const auto& x) { return x.name == name; });
    return found != finished.end() ? &*found : nullptr;
  }
};

} // namespace

TEST_CASE("guide: the spans of a handler are children of that of its event") {
  shop_case test;
  auto ann = test.world.connect().join("till:1");
  ann.expect_reply(ann.push("order"), "ok", {{"headers", 2}});
  ann.expect_reply(ann.push("pay", {{"cents", 1999}}), "ok");
  ann.push("restock");
  for (const auto& [child, parent] :
       {std::pair{"orders.find", "channel.handle_in order"}, std::pair{"payment", "channel.handle_in pay"},
        std::pair{"restock", "channel.handle_in restock"}}) {
    REQUIRE(test.find(child) != nullptr);
    REQUIRE(test.find(parent) != nullptr);
    CHECK(test.find(child)->parent == test.find(parent)->context.span_id);
  }
  CHECK(test.find("payment")->failure == "the card was declined");
  CHECK(test.find("payment")->attributes.size() == 2);
}

TEST_CASE("guide: a program without bennu::application gets its spans itself") {
  config settings;
  caf::actor_system system{settings};
  std::vector<span_record> finished;
  telemetry::of(system).trace({.ratio = 0.01}, [&](span_record&& x) { finished.push_back(std::move(x)); });
  for (int i = 0; i < 5'000; ++i)
    const trace_span x{system, "often"};
  CHECK(finished.size() > 5);
  CHECK(finished.size() < 200);
}
