#include "apps/node/scenario.hpp"

#include <chrono>
#include <stdexcept>
#include <string>

#include <doctest/doctest.h>

using namespace bennu;
using namespace bennu::node_program;
using namespace std::chrono_literals;

namespace {

scenario with_steps(const std::string& steps, const std::string& nodes = R"({"a": "a.control", "b": "/run/b"})") {
  return scenario::parse(R"({"nodes": )" + nodes + R"(, "steps": [)" + steps + "]}", "folder");
}

std::string refusal_of(const std::string& steps) {
  try {
    with_steps(steps);
    return {};
  } catch (const std::invalid_argument& x) {
    return x.what();
  }
}

std::string moments_of(const scenario& x) {
  std::string result;
  for (const auto& m : x.moments())
    result += std::to_string(m.at.count()) + (m.heals ? " heal " : " begin ") + std::to_string(m.step + 1) + "; ";
  return result;
}

} // namespace

TEST_CASE("scenario: the paths of sockets are relative to the folder of the file") {
  const auto x = with_steps(R"({"fault": "kill", "node": "a"})");
  CHECK(x.nodes.at("a") == "folder/a.control");
  CHECK(x.nodes.at("b") == "/run/b");
}

TEST_CASE("scenario: begins and ends of faults come in the order of time, ends first") {
  const auto x = with_steps(R"({"at": 500, "fault": "crash", "node": "b"},
                               {"at": 0, "fault": "cut", "node": "a", "peer": "b", "for": 500},
                               {"at": 900, "heal": "all"},
                               {"at": 600, "fault": "pause", "node": "a", "time": 200})");
  CHECK(moments_of(x) == "0 begin 2; 500 heal 2; 500 begin 1; 600 begin 4; 800 heal 4; 900 heal 3; ");
}

TEST_CASE("scenario: a node that goes on does so before it is asked to heal in the same moment") {
  const auto x = with_steps(R"({"at": 0, "fault": "cut", "node": "a", "peer": "b", "for": 500},
                               {"at": 100, "fault": "pause", "node": "a", "time": 400})");
  CHECK(moments_of(x) == "0 begin 1; 100 begin 2; 500 heal 2; 500 heal 1; ");
}

TEST_CASE("scenario: a step without a node means the only one") {
  const auto x = with_steps(R"({"fault": "kill"})", R"({"a": "a.control"})");
  CHECK(x.steps.at(0).what->node == "a");
  CHECK(refusal_of(R"({"fault": "kill"})") == "not a scenario: step 1: the member `node` says on which of the nodes");
}

TEST_CASE("scenario: comments are allowed") {
  CHECK(with_steps("/* the end */ {\"fault\": \"kill\", \"node\": \"a\"} // of a\n").steps.size() == 1);
}

TEST_CASE("scenario: what is wrong is refused with its step") {
  CHECK(refusal_of(R"({"fault": "kill", "node": "c"})") == "not a scenario: step 1: `nodes` has no \"c\"");
  CHECK(refusal_of(R"({"at": 0})") == "not a scenario: step 1: a step has either `fault` or `heal`");
  CHECK(refusal_of(R"({"at": -1, "heal": "all"})").find("step 1: at is -1: milliseconds from 0") != std::string::npos);
  CHECK(refusal_of(R"({"heal": "some"})").find(R"({"at": 8000, "heal": "all"})") != std::string::npos);
  CHECK(refusal_of(R"({"fault": "kill", "node": "a", "for": 5})").find("a kill has no `for`") != std::string::npos);
  CHECK(refusal_of(R"({"fault": "crash", "node": "a"}, {"fault": "fly"})").find("step 2: not a fault: \"fly\"")
        != std::string::npos);
  CHECK(refusal_of(R"({"fault": "cut", "node": "a", "peer": "a"})").find("two different nodes") != std::string::npos);
  for (const auto* text : {"", "[]", "{}", R"({"nodes": {}, "steps": []})", R"({"nodes": {"a": 7}, "steps": [{}]})"})
    CHECK_THROWS_AS(scenario::parse(text, ""), std::invalid_argument);
}

TEST_CASE("scenario: no step needs a node that is paused or was killed") {
  CHECK(
    refusal_of(R"({"at": 100, "fault": "crash", "node": "a"}, {"at": 50, "fault": "pause", "node": "a", "time": 100})")
    == "not a scenario: step 1 needs \"a\", when it begins or heals, to which step 2 does: pause a for 100 ms");
  CHECK(refusal_of(R"({"fault": "kill", "node": "a"}, {"at": 9000, "fault": "crash", "node": "a"})")
        == "not a scenario: step 2 needs \"a\", when it begins or heals, to which step 1 does: kill a");
  CHECK(
    refusal_of(R"({"at": 150, "fault": "crash", "node": "a"}, {"at": 50, "fault": "pause", "node": "a", "time": 100},
                      {"at": 60, "fault": "crash", "node": "b"}, {"at": 9000, "fault": "kill", "node": "a"})")
      .empty());
}

TEST_CASE("scenario: no fault heals while its node is paused, unless everything heals or the node was killed") {
  const std::string cut = R"({"at": 0, "fault": "cut", "node": "a", "peer": "b", "for": 3000}, )";
  const std::string pause = R"({"at": 1000, "fault": "pause", "node": "a", "time": 60000})";
  CHECK(refusal_of(cut + pause)
        == "not a scenario: step 1 needs \"a\", when it begins or heals, to which step 2 does: pause a for 60000 ms");
  CHECK(refusal_of(cut + pause + R"(, {"at": 2000, "heal": "all"})").empty());
  CHECK_FALSE(refusal_of(cut + pause + R"(, {"at": 3001, "heal": "all"})").empty());
  CHECK(refusal_of(cut + R"({"at": 1000, "fault": "pause", "node": "a", "time": 2000})").empty());
  CHECK(refusal_of(cut + R"({"at": 3000, "fault": "pause", "node": "a", "time": 2000})").empty());
  CHECK(refusal_of(cut + R"({"at": 1000, "fault": "pause", "node": "b", "time": 60000})").empty());
  CHECK(refusal_of(cut + R"({"at": 1000, "fault": "kill", "node": "a"})").empty());
}
