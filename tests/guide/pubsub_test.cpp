// The code of apps/guide/pubsub.md.
#include <string>
#include <utility>

#include <caf/event_based_actor.hpp>
#include <doctest/doctest.h>
#include <nlohmann/json.hpp>

#include <bennu/actors/broadcast.hpp>
#include <bennu/actors/channel.hpp>
#include <bennu/actors/endpoint.hpp>
#include <bennu/actors/node.hpp>
#include <bennu/actors/pubsub.hpp>
#include <bennu/supervision/child.hpp>
#include <bennu/supervision/process.hpp>
#include <bennu/testing/channel_case.hpp>

using bennu::json;

namespace prices {

struct visitor : bennu::socket {
  bennu::connect_result connect(const bennu::connect_info&) override { return bennu::connected{}; }
};

/// Topic `price:ARTICLE`.
class price : public bennu::channel_of<price> {
public:
  using channel_of::channel_of;

  bennu::join_result join(const json&) override { return bennu::accept{}; }

  static bennu::events<price> events_in() {
    return {{"also", [](price& self, const json& in) { // the client follows another article, without a join
               return self.subscribe("price:" + in.at("article").get<std::string>()) ? bennu::reply::ok()
                                                                                     : bennu::reply::error();
             }}};
  }
};

inline void set_price(bennu::node& home, const std::string& article, int cents) {
  home.topics().broadcast("price:" + article, "price", json{{"cents", cents}});
}

/// Knows the highest price of an article that was ever announced, on any node.
class high_water : public bennu::process {
public:
  high_water(caf::actor_config& config, bennu::pubsub& topics, std::string article)
    : process(config), topics_(topics), article_(std::move(article)) {}

protected:
  caf::behavior make_behavior() override {
    topics_.subscribe("price:" + article_, this);
    return {[this](const bennu::broadcast_ptr& x) {
      if (x->event == "price")
        highest_ = std::max(highest_, x->body.value().at("cents").get<int>());
      topics_.local_broadcast("highest:" + article_, "highest", json{{"cents", highest_}});
    }};
  }

private:
  bennu::pubsub& topics_;
  const std::string article_;
  int highest_ = 0;
};

namespace {

bennu::endpoint prices_endpoint() {
  return bennu::endpoint{"/socket"}.serve<visitor>().channel<price>("price:*");
}

} // namespace

TEST_CASE("guide: a broadcast from anywhere reaches the clients of all nodes") {
  bennu::channel_case test{prices_endpoint()};
  auto other = test.start_node("b");
  auto ann = test.connect();
  auto tea = ann.join("price:tea");
  auto bob = other.connect().join("price:tea");
  tea.expect_reply(tea.push("also", {{"article", "cake"}}), "ok");
  set_price(test.home(), "tea", 250);
  set_price(test.home(), "cake", 300);
  test.settle();
  tea.expect_received("price", {{"cents", 250}});
  bob.expect_received("price", {{"cents", 250}});
  ann.expect_received("price:cake", "price", {{"cents", 300}});
}

TEST_CASE("guide: an actor follows a topic") {
  bennu::channel_case test{prices_endpoint()};
  test.watch("highest:tea");
  const auto follower = test.home().system().spawn<high_water>(std::ref(test.home().topics()), "tea");
  test.settle();
  for (const auto cents : {200, 250, 220})
    set_price(test.home(), "tea", cents);
  test.settle();
  for (const auto highest : {200, 250, 250})
    test.expect_broadcast("highest:tea", "highest", {{"cents", highest}});
  caf::anon_send_exit(follower, caf::exit_reason::user_shutdown);
  test.settle();
}

} // namespace prices
