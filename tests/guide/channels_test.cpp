// The code of apps/guide/channels.md.
#include <chrono>
#include <map>
#include <mutex>
#include <string>

#include <caf/send.hpp>
#include <doctest/doctest.h>
#include <nlohmann/json.hpp>

#include <bennu/actors/channel.hpp>
#include <bennu/actors/endpoint.hpp>
#include <bennu/actors/message.hpp>
#include <bennu/testing/channel_case.hpp>

using namespace std::chrono_literals;
using bennu::json;

namespace polls {

/// The votes of all polls. A real one asks a database.
class ballot {
public:
  bool has(const std::string& poll) const { return poll == "lunch"; }

  json count(const std::string& poll, const std::string& choice) {
    std::lock_guard guard{mutex_};
    ++votes_[poll][choice];
    return votes_[poll];
  }

  json counts(const std::string& poll) {
    std::lock_guard guard{mutex_};
    return votes_[poll];
  }

private:
  std::mutex mutex_;
  std::map<std::string, std::map<std::string, int>> votes_;
};

struct poll_closes {};

} // namespace polls

BENNU_MESSAGE(polls::poll_closes)

namespace polls {

struct voter_socket : bennu::socket {
  bennu::connect_result connect(const bennu::connect_info&) override { return bennu::connected{}; }
};

/// Topic `poll:NAME`, join params `{"voter": string}`.
class poll : public bennu::channel_of<poll> {
public:
  poll(bennu::channel_context context, ballot& votes) : channel_of(context), votes_(votes) {}

  bennu::join_result join(const json& params) override {
    if (!params.contains("voter"))
      return bennu::refuse{{{"reason", "who are you?"}}};
    if (!votes_.has(name()))
      return bennu::refuse{{{"reason", "no such poll"}}};
    voter_ = params["voter"];
    return bennu::accept{{{"votes", votes_.counts(name())}}};
  }

  static bennu::events<poll> events_in() {
    return {{"vote", [](poll& self, const json& in) { return self.vote(in.at("choice")); }},
            {"thinking",
             [](poll& self, const json&) {
               self.broadcast_from("thinking", {{"voter", self.voter_}});
             }},
            {"close_in", [](poll& self, const json& in) { self.close_in(std::chrono::seconds{in.at("seconds")}); }},
            {"report", [](poll& self, const json&) { return self.report(); }}};
  }

  static bennu::events<poll> events_out() {
    return {{"thinking", [](poll& self, const json& in) {
               if (!self.has_voted_) // whoever has voted is not disturbed any more
                 self.push("thinking", in);
             }}};
  }

  caf::message_handler handle_info() override {
    return {[this](poll_closes) {
      push("closed", {{"votes", votes_.counts(name())}});
      stop(); // the client gets phx_close
    }};
  }

private:
  std::string name() const { return std::string{subtopic()}; }

  bennu::reply vote(const std::string& choice) {
    if (has_voted_)
      return bennu::reply::error({{"reason", "you have voted"}});
    has_voted_ = true;
    broadcast("votes", votes_.count(name(), choice)); // to all, on all nodes
    return bennu::reply::ok();
  }

  void close_in(std::chrono::seconds time) { self()->delayed_send(self(), time, poll_closes{}); }

  bennu::reply report() const {
    return blocking([&all = votes_, poll = name()] { return all.counts(poll).dump(2); }, // on another thread
                    [](const std::string& text) {
                      return bennu::reply::ok({{"report", text}});
                    });
  }

  ballot& votes_;
  std::string voter_; // members are the assigns
  bool has_voted_ = false;
};

namespace {

bennu::endpoint polls_endpoint(ballot& votes) {
  const bennu::rate_limits calm{.events = bennu::rate::per_second(10)};
  return bennu::endpoint{"/socket"}.serve<voter_socket>().channel<poll>("poll:*", {.limits = calm}, std::ref(votes));
}

} // namespace

TEST_CASE("guide: a vote is answered, and everybody sees the counts") {
  ballot votes;
  bennu::channel_case test{polls_endpoint(votes)};
  auto ann = test.connect().join("poll:lunch", {{"voter", "ann"}});
  auto bob = test.connect().join("poll:lunch", {{"voter", "bob"}});
  ann.push("thinking");
  bob.expect_push("thinking", {{"voter", "ann"}});
  ann.expect_reply(ann.push("vote", {{"choice", "soup"}}), "ok");
  bob.expect_received("votes", {{"soup", 1}});
  bob.push("thinking");
  ann.expect_no_push("thinking");
  ann.expect_reply(ann.push("vote", {{"choice", "soup"}}), "error", {{"reason", "you have voted"}});
}

TEST_CASE("guide: a client without a name is refused, and so is the join of an unknown poll") {
  ballot votes;
  bennu::channel_case test{polls_endpoint(votes)};
  auto client = test.connect();
  client.expect_join_refused("poll:lunch", {}, {{"reason", "who are you?"}});
  client.expect_join_refused("poll:supper", {{"voter", "ann"}}, {{"reason", "no such poll"}});
}

TEST_CASE("guide: a poll closes after its time, and answers reports") {
  ballot votes;
  bennu::channel_case test{polls_endpoint(votes)};
  auto ann = test.connect().join("poll:lunch", {{"voter", "ann"}});
  ann.push("vote", {{"choice", "soup"}});
  ann.expect_reply(ann.push("report"), "ok", {{"report", "{\n  \"soup\": 1\n}"}});
  ann.push("close_in", {{"seconds", 60}});
  test.advance(59s);
  ann.expect_no_push("closed");
  test.advance(1s);
  ann.expect_push("closed", {{"votes", {{"soup", 1}}}});
  ann.expect_closed();
}

TEST_CASE("guide: a handler that throws restarts its channel, and only its own members are lost") {
  ballot votes;
  bennu::channel_case test{polls_endpoint(votes)};
  auto ann = test.connect().join("poll:lunch", {{"voter", "ann"}});
  ann.push("vote", {{"choice", "soup"}});
  ann.expect_reply(ann.push("vote"), "error", {{"reason", "crashed"}}); // in.at("choice") throws
  ann.expect_reply(ann.push("vote", {{"choice", "soup"}}), "ok");       // has_voted_ begins anew
  ann.expect_received("votes", {{"soup", 2}});
}

} // namespace polls
