#include <stdexcept>

#include <doctest/doctest.h>
#include <nlohmann/json.hpp>

#include "tests/actors/client_case.hpp"
#include <bennu/actors/channel.hpp>
#include <bennu/actors/message.hpp>

using namespace bennu;
using namespace std::chrono_literals;
using bennu::test::client_case;
using texts = std::vector<std::string>;

namespace {

/// A channel that asks another actor whether its client may join. The tests play that actor and answer "yes" or "no".
class gate_channel : public bennu::channel {
public:
  gate_channel(channel_context context, std::shared_ptr<texts> log) : channel(context), log_(std::move(log)) {}

  join_result join(const json& params) override {
    if (params.value("deferred", true))
      return defer_join{2s};
    return accept{};
  }

  const event_table& handle_in() const override {
    static const events<gate_channel> table = {
      {"ping", [](gate_channel&, const json&) { return reply::ok(); }},
      {"crash", [](gate_channel&, const json&) -> reply { throw std::runtime_error("as asked"); }},
    };
    return table;
  }

  caf::message_handler handle_info() override {
    return {[this](const std::string& word) { told(word); }};
  }

  void restarted(const exit_info&) override { push("again"); }
  void terminate(const caf::error&) override { log_->emplace_back("terminate"); }

private:
  void told(const std::string& word) {
    if (word == "crash")
      throw std::runtime_error("as asked");
    if (word == "stop")
      return stop();
    if (word == "no")
      return decide_join(refuse{{{"reason", "full"}}});
    decide_join(accept{{{"seats", 3}}});
    if (word == "yes, and push")
      push("welcome");
  }

  std::shared_ptr<texts> log_;
};

struct gate_case : client_case {
  explicit gate_case(channel_options options = {}) : gate_case(std::make_shared<texts>(), options) {}

  void join() { send(R"(["1","1","room:a","phx_join",{}])"); }

  std::shared_ptr<texts> log;

private:
  gate_case(std::shared_ptr<texts> to, channel_options options)
    : client_case(endpoint{"/socket"}.serve<test::open_socket>().channel<gate_channel>("room:*", options, to)),
      log(to) {}
};

const char* const ping = R"(["1","2","room:a","ping",{}])";
const char* const pong = R"(["1","2","room:a","phx_reply",{"response":{},"status":"ok"}])";
const char* const joined = R"(["1","1","room:a","phx_reply",{"response":{"seats":3},"status":"ok"}])";
const char* const left = R"(["1","3","room:a","phx_reply",{"response":{},"status":"ok"}])";
const char* const unmatched =
  R"([null,"2","room:a","phx_reply",{"response":{"reason":"unmatched topic"},"status":"error"}])";

std::string join_refused(const std::string& reason) {
  return R"(["1","1","room:a","phx_reply",{"response":{"reason":")" + reason + R"("},"status":"error"}])";
}

} // namespace

TEST_CASE("deferred join: after the decision the join is answered, then the waiting events in order; nothing before") {
  gate_case test;
  test.join();
  test.send(ping);
  CHECK(test.seen().empty());
  test.tell("room:a", std::string{"yes, and push"});
  CHECK(test.seen() == texts{joined, R"(["1",null,"room:a","welcome",{}])", pong});
}

TEST_CASE("deferred join: broadcasts reach the client after the decision") {
  gate_case test;
  test.join();
  test.home().topics().broadcast("room:a", "news");
  CHECK(test.unit().lane.subscribers.topic_count() == 0);
  test.tell("room:a", std::string{"yes"});
  CHECK(test.seen() == texts{joined});
  CHECK(test.unit().lane.subscribers.topic_count() == 1);
}

TEST_CASE("deferred join: a refused join uses no place, and waiting events get the reply \"unmatched topic\"") {
  gate_case test;
  test.join();
  test.send(ping);
  test.tell("room:a", std::string{"no"});
  CHECK(test.seen() == texts{join_refused("full"), unmatched});
  CHECK(test.client().join_count() == 0);
  CHECK(test.log->empty());
}

TEST_CASE("deferred join: without a decision in time it is refused") {
  gate_case test;
  test.join();
  test.advance(1999ms);
  CHECK(test.seen().empty());
  test.advance(1ms);
  CHECK(test.seen() == texts{join_refused("join timed out")});
  CHECK(test.client().join_count() == 0);
}

TEST_CASE("deferred join: after a decision the time limit has no effect") {
  gate_case test;
  test.join();
  test.tell("room:a", std::string{"yes"});
  test.seen();
  test.advance(1h);
  test.send(ping);
  CHECK(test.seen() == texts{pong});
}

TEST_CASE("deferred join: a leave overtakes the waiting events; a client that never joined receives no phx_close") {
  gate_case test;
  test.join();
  test.send_at_once({ping, R"(["1","3","room:a","phx_leave",{}])"});
  CHECK(test.seen() == texts{left, unmatched});
  CHECK(test.client().join_count() == 0);
  CHECK(test.log->empty());
}

TEST_CASE("deferred join: a second join silently replaces an undecided first one") {
  gate_case test;
  test.join();
  test.send(R"(["2","2","room:a","phx_join",{}])");
  CHECK(test.seen().empty());
  CHECK(test.client().join_count() == 1);
  test.tell("room:a", std::string{"yes"});
  CHECK(test.seen() == texts{R"(["2","2","room:a","phx_reply",{"response":{"seats":3},"status":"ok"}])"});
}

TEST_CASE("deferred join: an accepted earlier join is closed after the answer, or when the client leaves the new one") {
  for (bool leaves : {false, true}) {
    CAPTURE(leaves);
    gate_case test;
    test.send(R"(["1","1","room:a","phx_join",{"deferred":false}])");
    test.send(R"(["2","2","room:a","phx_join",{}])");
    test.seen();
    if (leaves)
      test.send(R"(["2","3","room:a","phx_leave",{}])");
    else
      test.tell("room:a", std::string{"no"});
    CHECK(test.seen().at(1) == R"(["1","1","room:a","phx_close",{}])");
  }
}

TEST_CASE("deferred join: a channel that crashes before its decision refuses the join and does not restart") {
  for (auto how : {restart::transient, restart::temporary}) {
    gate_case test{{.restart_as = how}};
    test.join();
    test.send(ping);
    test.tell("room:a", std::string{"crash"});
    CHECK(test.seen() == texts{join_refused("join crashed"), unmatched});
    CHECK(test.client().join_count() == 0);
  }
}

TEST_CASE("deferred join: the undecided channel ends when its client disconnects") {
  gate_case test;
  test.join();
  test.send(ping);
  test.hang_up();
  CHECK(test.client().join_count() == 0);
  CHECK(test.log->empty());
}

TEST_CASE("deferred join: after a restart in place the client stays joined while its channel decides again") {
  gate_case test;
  test.join();
  test.tell("room:a", std::string{"yes"});
  test.send(R"(["1","4","room:a","crash",{}])");
  test.seen();
  test.send(ping);
  test.home().topics().broadcast("room:a", "news");
  test.advance(1s);
  CHECK(test.seen() == texts{R"([null,null,"room:a","news",{}])"});
  SUBCASE("accepted: the client is told what it must know, and what waited is handled") {
    test.tell("room:a", std::string{"yes"});
    CHECK(test.seen() == texts{R"(["1",null,"room:a","again",{}])", pong});
  }
  SUBCASE("refused or too late: phx_error") {
    test.advance(1s);
    CHECK(test.seen() == texts{R"(["1","1","room:a","phx_error",{"reason":"channel_crash"}])", unmatched});
  }
  SUBCASE("left: the client had joined, so the channel terminates") {
    test.send(R"(["1","3","room:a","phx_leave",{}])");
    CHECK(test.seen() == texts{left, R"(["1","1","room:a","phx_close",{}])", unmatched});
    CHECK(*test.log == texts{"terminate"});
  }
}

TEST_CASE("deferred join: a second decision crashes the channel") {
  gate_case test;
  test.join();
  test.tell("room:a", std::string{"yes"});
  test.seen();
  test.tell("room:a", std::string{"yes"});
  test.tell("room:a", std::string{"yes"}); // for the successor, which decides again
  CHECK(test.seen() == texts{R"(["1",null,"room:a","again",{}])"});
}

TEST_CASE("channel: stop ends it after the current handler, whichever that is") {
  gate_case test;
  test.join();
  test.tell("room:a", std::string{"yes"});
  test.seen();
  test.tell("room:a", std::string{"stop"});
  CHECK(test.seen() == texts{R"(["1","1","room:a","phx_close",{}])"});
  CHECK(*test.log == texts{"terminate"});
}
