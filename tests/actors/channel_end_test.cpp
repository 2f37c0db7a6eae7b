// How a channel ends, and what its client and the others notice. Source: Phoenix.Channel.
#include <stdexcept>
#include <string>

#include <doctest/doctest.h>
#include <nlohmann/json.hpp>

#include "tests/actors/market.hpp"
#include <bennu/supervision/exit.hpp>

using namespace bennu;
using namespace bennu::test;

namespace {

/// Crashes in the callback that its client names.
class brittle : public channel_of<brittle> {
public:
  using channel_of::channel_of;

  join_result join(const json& params) override {
    breaks_in_ = params.at("breaks in");
    break_in("join");
    return accept{};
  }
  static events<brittle> events_in() {
    return {{"call", [](brittle& self, const json&) { self.broadcast("called"); }},
            {"ask", [](brittle&, const json&) { return reply::ok(); }}};
  }
  static events<brittle> events_out() {
    return {{"called", [](brittle& self, const json&) { self.break_in("handle_out"); }}};
  }
  caf::message_handler handle_info() override {
    return {[this](int) { break_in("handle_info"); }};
  }
  void restarted(const exit_info&) override { push("back again"); }
  void terminate(const caf::error&) override { break_in("terminate"); }

private:
  void break_in(const std::string& callback) const {
    if (breaks_in_ == callback)
      throw std::runtime_error("as asked");
  }
  std::string breaks_in_;
};

} // namespace

// -- ends -----------------------------------------------------------------------

TEST_CASE("leave: the client receives ok and phx_close, and nothing of the topic after that") {
  market_case test;
  const auto leave = test.ann.leave();
  test.client.expect_exactly({reply_to(leave, "ok", empty), test.ann.pushed("phx_close", empty)});
  test.bob.expect_received("left", {{"stall", "main"}}); // from `terminate`
  test.bob.push("call");
  test.client.expect_nothing();
  test.client.expect_reply(test.ann.push("ask"), "error", because("unmatched topic"));
}

TEST_CASE("leave: of a topic that was not joined it is answered with ok, and nothing is closed") {
  market_case test;
  const auto leave = test.client.push("market:fish", "phx_leave");
  test.client.expect_exactly({reply_to(leave, "ok", empty)});
}

TEST_CASE("stop: phx_close follows the reply, if there is one, and the topic can be joined again") {
  market_case test;
  test.ann.push("close");
  test.ann.expect_closed();
  const auto again = test.client.join("market:main");
  const auto last = again.push("close politely", {{"n", 1}});
  test.client.expect_exactly({reply_to(last, "ok", {{"n", 1}}), again.pushed("phx_close")});
  const auto third = test.client.join("market:main");
  third.tell(0); // handle_info calls stop()
  third.expect_closed();
}

TEST_CASE("close: a client that disconnects leaves all of its topics, and each channel ends with terminate") {
  market_case test;
  const auto fish = test.client.join("market:fish");
  test.watch("market:fish");
  test.client.close();
  test.expect_broadcast("market:main", "left", {{"stall", "main"}});
  test.expect_broadcast("market:fish", "left", {{"stall", "fish"}});
  CHECK(running_channels(test, "market") == 1); // bob's
}

TEST_CASE("crash: the client receives phx_error and no reply, others go on, and terminate is not called") {
  market_case test;
  const auto fish = test.client.join("market:fish");
  const auto crash = test.ann.push("no such event");
  test.client.expect_exactly({test.ann.pushed("phx_error", because("channel_crash"))});
  test.ann.expect_no_reply(crash);
  test.bob.expect_not_received("left");
  fish.expect_reply(fish.push("ask"), "ok");
  test.bob.push("call");
  test.client.expect_nothing();
  test.client.join("market:main");
}

TEST_CASE("crash: one in handle_out or handle_info restarts the channel in place, and `restarted` may push") {
  for (const std::string callback : {"handle_out", "handle_info"}) {
    CAPTURE(callback);
    channel_case test{endpoint{"/socket"}.serve<open_socket>().channel<brittle>("glass:*")};
    const auto ann = test.connect().join("glass:a", {{"breaks in", callback}});
    const auto bob = test.connect().join("glass:a", {{"breaks in", "nothing"}});
    if (callback == "handle_out")
      bob.push("call");
    else
      ann.tell(0);
    test.expect_restarted(ann);
    ann.expect_push("back again");
    bob.expect_not_received("back again");
    ann.expect_reply(ann.push("ask"), "ok");
  }
}

TEST_CASE("crash: one in join refuses it, and one in terminate changes nothing for the client, which has left") {
  channel_case test{endpoint{"/socket"}.serve<open_socket>().channel<brittle>("glass:*")};
  const auto client = test.connect();
  client.expect_join_refused("glass:a", {{"breaks in", "join"}}, because("join crashed"));
  const auto ann = client.join("glass:a", {{"breaks in", "terminate"}});
  const auto leave = ann.leave();
  client.expect_exactly({reply_to(leave, "ok"), ann.pushed("phx_close")});
  CHECK(running_channels(test, "brittle") == 0);
  client.join("glass:a", {{"breaks in", "nothing"}});
}
