#pragma once

#include <string>

#include <nlohmann/json.hpp>

#include "tests/actors/answers.hpp"
#include <bennu/actors/channel.hpp>
#include <bennu/actors/endpoint.hpp>
#include <bennu/actors/message.hpp>
#include <bennu/testing/channel_case.hpp>

namespace bennu::test {

/// Answers, pushes and broadcasts as its client asks, and says goodbye.
class market : public channel_of<market> {
public:
  using channel_of::channel_of;

  join_result join(const json& params) override {
    if (subtopic() == "closed")
      return refuse{{{"reason", "we are closed"}}};
    return accept{{{"stall", subtopic()}, {"params", params}}};
  }

  static events<market> events_in() {
    return {
      {"ask", [](market&, const payload& in) { return reply::ok(in); }},
      {"complain", [](market&, const payload& in) { return reply::error(in); }},
      {"think", [](market&, const json&) {}},
      {"show", [](market& self, const payload& in) { self.push("shown", in); }},
      {"call", [](market& self, const payload& in) { self.broadcast("called", in); }},
      {"whisper", [](market& self, const payload& in) { self.broadcast_from("called", in); }},
      {"send", [](market& self, const json& in) { self.broadcast_to(in.at("to"), "called", in); }},
      {"price", [](market& self, const json& in) { self.broadcast("priced", in); }},
      {"sell and show",
       [](market& self, const json& in) {
         self.push("shown", in);
         return reply::ok();
       }},
      {"close", [](market&, const json&) { return reply::none().stop(); }},
      {"close politely", [](market&, const payload& in) { return reply::ok(in).stop(); }},
    };
  }

  /// The price that others see is rounded; above 100 nothing is told.
  static events<market> events_out() {
    return {{"priced", [](market& self, const json& in) {
               if (in.at("price") <= 100)
                 self.push("priced", {{"price", static_cast<int>(in.at("price").get<double>())}});
             }}};
  }

  caf::message_handler handle_info() override {
    return {[this](const std::string& news) { push("news", {{"text", news}}); }, [this](int) { stop(); }};
  }

  void terminate(const caf::error&) override { broadcast("left", {{"stall", subtopic()}}); }
};

inline endpoint markets() {
  return endpoint{"/socket"}.serve<open_socket>().channel<market>("market:*", {.restart_as = restart::temporary});
}

/// Ann and bob in one market.
struct market_case : channel_case {
  market_case() : channel_case(markets()) {}

  test_client client = connect();
  test_channel ann = client.join("market:main");
  test_channel bob = connect().join("market:main");
};

} // namespace bennu::test
