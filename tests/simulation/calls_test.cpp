#include <doctest/doctest.h>

#include <optional>
#include <string>
#include <vector>

#include "actors/node/node_parts.hpp"
#include "tests/kit/simulation/simulator.hpp"
#include <bennu/supervision/process.hpp>

using namespace bennu;
using namespace bennu::engine;
using namespace std::chrono_literals;

namespace {

/// Two nodes. Each answers a question with its name, immediately or later.
struct two_nodes {
  std::vector<std::string> fates;
  std::vector<node_calls::give_answer> open; // questions without an answer so far
  std::optional<std::string> answer;         // to the last question
  int answers = 0;
  std::function<void(bool)> tell;
  bool answers_at_once = true;
  simulator sim;

  explicit two_nodes(uint64_t seed) : sim(seed, {.prepare = [this](node& home) { prepare(home); }}) {
    sim.start("a");
    sim.start("b");
    sim.run_for(5s);
  }

  void prepare(node& home) {
    home.parts().calls.serve(call_service::longpoll, [this, &home](std::string body, node_calls::give_answer give) {
      if (!answers_at_once)
        return open.push_back(std::move(give));
      give(home.name() + " heard " + body, [this](answer_fate x) { fates.push_back(std::to_string(int(x))); });
    });
  }

  void ask(std::string body, std::chrono::milliseconds timeout = 20s) {
    answer.reset();
    answers = 0;
    sim["a"].home().parts().calls.ask(sim["b"].who(), call_service::longpoll, std::move(body), timeout,
                                      [this](std::optional<call_answer> x) {
                                        ++answers;
                                        if (!x)
                                          return;
                                        answer = x->body;
                                        tell = x->tell;
                                      });
  }
};

} // namespace

TEST_CASE("calls between nodes: a question is answered, and the answering node learns that the answer arrived") {
  two_nodes x{1};
  x.ask("hello");
  REQUIRE(x.sim.run_until([&] { return x.answers > 0; }, 5s));
  CHECK(x.answer == "b heard hello");
  CHECK(x.fates.empty());
  x.tell(true);
  REQUIRE(x.sim.run_until([&] { return !x.fates.empty(); }, 5s));
  CHECK(x.fates == std::vector<std::string>{std::to_string(int(answer_fate::reached))});
}

TEST_CASE(
  "calls between nodes: when the link is cut during a call there is no answer, and the fate of an answer is unknown") {
  two_nodes x{2};
  x.answers_at_once = false;
  x.ask("never answered");
  REQUIRE(x.sim.run_until([&] { return !x.open.empty(); }, 5s));
  x.sim.cut("a", "b");
  REQUIRE(x.sim.run_until([&] { return x.answers > 0; }, 6s)); // sooner than the time for an answer
  CHECK_FALSE(x.answer);
  x.open.clear();
  x.sim.heal_all();
  x.sim.run_for(5s);
  x.answers_at_once = true;
  x.ask("hello");
  REQUIRE(x.sim.run_until([&] { return x.answers > 0; }, 5s));
  x.sim.cut("a", "b");
  REQUIRE(x.sim.run_until([&] { return !x.fates.empty(); }, 6s));
  CHECK(x.fates == std::vector<std::string>{std::to_string(int(answer_fate::unknown))});
}

TEST_CASE("calls between nodes: a node that is not connected, restarted, or does not answer in time gives no answer") {
  two_nodes x{3};
  x.answers_at_once = false;
  x.ask("slow", 2s);
  CHECK(x.sim.run_until([&] { return x.answers > 0; }, 3s));
  CHECK_FALSE(x.answer);
  x.open.clear();
  peer former = x.sim["b"].who();
  former.incarnation += 1000;
  auto told = false;
  x.sim["a"].home().parts().calls.ask(former, call_service::longpoll, "?", 20s,
                                      [&](std::optional<call_answer> y) { told = !y; });
  CHECK(x.sim.run_until([&] { return told; }, 1s));
  x.sim.cut("a", "b");
  x.sim.run_for(6s);
  x.ask("into the void");
  CHECK(x.sim.run_until([&] { return x.answers > 0; }, 1s));
  CHECK_FALSE(x.answer);
}

TEST_CASE("calls between nodes: when the hub crashes every caller is told") {
  two_nodes x{4};
  x.answers_at_once = false;
  x.ask("one");
  REQUIRE(x.sim.run_until([&] { return !x.open.empty(); }, 5s));
  signal_exit(x.sim["a"].home().parts().hub.get(), exits::kill());
  CHECK(x.sim.run_until([&] { return x.answers > 0; }, 5s));
  CHECK_FALSE(x.answer);
  x.open.clear();
}
