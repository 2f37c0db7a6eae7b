#include <doctest/doctest.h>

#include <string>
#include <vector>

#include "supervision/lookup/crash_walk.hpp"
#include "tests/supervision/otp/otp_case.hpp"
#include <bennu/supervision/fault.hpp>

using namespace bennu;
using namespace bennu::test;

namespace {

/// What a listener has done, in order.
using diary_text = std::vector<std::string>;

class listener : public process {
public:
  listener(caf::actor_config& cfg, diary_text& book) : process(cfg), book_(book) {}
  std::string label() const override { return "listener of the test"; }

protected:
  caf::behavior make_behavior() override {
    return {[this](const std::string& x) { book_.push_back(x); }, [](int x) { return x + 1; }};
  }

private:
  diary_text& book_;
};

struct fault_case {
  diary_text heard;
  virtual_system world;
  fault_points& faults = fault_points::of(world.system());
  caf::actor whom = world.own(world.system().spawn<listener>(heard));

  void say(const std::string& x) {
    caf::anon_send(whom, x);
    world.settle();
  }
};

std::string refusal_of(const char* rule) {
  try {
    fault_rule::parse(rule);
    return {};
  } catch (const std::invalid_argument& x) {
    return x.what();
  }
}

/// Which of a hundred messages are dropped.
std::string hits_with(const char* rule) {
  fault_case test;
  test.faults.set(fault_rule::parse(rule));
  for (auto i = 0; i < 100; ++i)
    test.say(std::to_string(i));
  std::string result;
  for (auto& x : test.heard)
    result += x + " ";
  return result;
}

} // namespace

TEST_CASE("fault: a rule survives being written and read as text") {
  auto rule = fault_rule::parse("crash label=room_channel* event=new_msg probability=0.1 seed=7 times=3");
  CHECK(rule == fault_rule{fault_action::crash, "room_channel*", "new_msg", 0.1, 7, 3, 100ms});
  CHECK(fault_rule::parse(to_string(rule)) == rule);
  auto other = fault_rule::parse(R"(  delay   label="room_channel room:*" time=250 )");
  CHECK(other == fault_rule{fault_action::delay, "room_channel room:*", "*", 1.0, 1, 0, 250ms});
  CHECK(fault_rule::parse(to_string(other)) == other);
  CHECK(fault_rule::parse("drop").what == fault_action::drop);
}

TEST_CASE("fault: a malformed rule is refused, and the error names what is allowed") {
  CHECK(refusal_of("") == R"(not a fault rule: it begins with crash, delay, drop, refuse or full_disk, not with "")");
  CHECK(refusal_of("explode")
        == R"(not a fault rule: it begins with crash, delay, drop, refuse or full_disk, not with "explode")");
  CHECK(
    refusal_of("cut label=x")
    == "not a fault rule: cut happens to a whole node or link: it is for clusters in a test and for bennu-node chaos");
  CHECK(refusal_of("full_disk event=read")
        == R"(not a fault rule: full_disk prevents that a file is written, whose event is write, not "read")");
  CHECK(refusal_of("crash event") == R"(not a fault rule: "event" is not of the form name=value)");
  CHECK(refusal_of("crash event=") == R"(not a fault rule: "event=" is not of the form name=value)");
  CHECK(refusal_of("crash who=me")
        == R"(not a fault rule: it takes label, event, probability, seed, times and time, not "who")");
  CHECK(refusal_of("crash probability=0") == "not a fault rule: probability=0: more than 0, at most 1");
  CHECK(refusal_of("crash probability=nan") == "not a fault rule: probability=nan: more than 0, at most 1");
  CHECK(refusal_of("crash times=-1") == "not a fault rule: times=-1: a whole number, 0 or more");
  CHECK(refusal_of("delay time=1s") == "not a fault rule: time=1s: milliseconds, a whole number");
  CHECK(refusal_of("crash label=\"a b") == "not a fault rule: a quote is not closed");
  CHECK(refusal_of("refuse event=new_msg")
        == R"(not a fault rule: refuse prevents the start of a child, whose event is start, not "new_msg")");
}

TEST_CASE("fault: a message is named as in reports, with or without parentheses") {
  CHECK(fault_rule::parse("crash event=(string)") == fault_rule::parse("crash event=string"));
  CHECK(fault_rule::parse(R"x(crash event="(string, int)")x").event == "string, int");
  CHECK(fault_rule::parse("crash event=()").event == "()");
  CHECK(fault_rule::parse("refuse event=st*").event == "st*");
}

TEST_CASE("fault: in a pattern a star matches any text, and any other character matches itself") {
  CHECK(matches_pattern("*", ""));
  CHECK(matches_pattern("room:*", "room:lobby"));
  CHECK(matches_pattern("*lobby", "room:lobby"));
  CHECK(matches_pattern("r*:*y", "room:lobby"));
  CHECK(matches_pattern("**", "x"));
  CHECK(matches_pattern("a*a*a", "aaa"));
  CHECK_FALSE(matches_pattern("a*a*a", "aa"));
  CHECK_FALSE(matches_pattern("room", "room:lobby"));
  CHECK_FALSE(matches_pattern("room:*", "room"));
  CHECK_FALSE(matches_pattern("*lobby", "room:lobby2"));
}

TEST_CASE("fault: a crash at a message ends the process like any exception, and is reported") {
  fault_case test;
  std::string label, event;
  telemetry::of(test.world.system()).attach("fault.hit", [&](const telemetry_event& x) {
    label = x.text("label");
    event = x.text("event");
  });
  test.faults.set(fault_rule::parse("crash label=listener* event=string times=1"));
  CHECK(test.world.ask<int>(test.whom, 1) == 2); // an int does not match the type string
  CHECK(test.world.events("fault.hit") == 0);
  test.say("x");
  CHECK_FALSE(is_alive(test.whom));
  CHECK(test.heard.empty());
  CHECK(label == "listener of the test");
  CHECK(event == "string");
  CHECK(test.world.events("process.crashed") == 1);
}

TEST_CASE("fault: a rule does nothing after its number of hits, nor after it is cleared") {
  fault_case test;
  test.faults.set(fault_rule::parse("drop label=listener* times=2"));
  for (auto* x : {"a", "b", "c"})
    test.say(x);
  CHECK(test.heard == diary_text{"c"});
  auto id = test.faults.set(fault_rule::parse("drop label=listener*"));
  test.say("d");
  test.faults.clear(id);
  test.say("e");
  CHECK(test.heard == diary_text{"c", "e"});
}

TEST_CASE("fault: a delayed message is overtaken and handled when its time has come, also a request") {
  fault_case test;
  test.faults.set(fault_rule::parse("delay label=listener* time=500 times=2"));
  test.say("slow");
  auto answer = test.world.ask<int>(test.whom, 1);
  test.say("quick");
  CHECK(answer == 0);
  CHECK(test.heard == diary_text{"quick"});
  test.world.advance(499ms);
  CHECK(test.heard == diary_text{"quick"});
  test.faults.clear(); // delayed messages arrive nevertheless
  test.world.advance(1ms);
  CHECK(test.heard == diary_text{"quick", "slow"});
}

TEST_CASE("fault: rules do not apply to exit signals") {
  fault_case test;
  test.faults.set(fault_rule::parse("drop"));
  signal_exit(test.whom, exits::shutdown());
  test.world.settle();
  CHECK_FALSE(is_alive(test.whom));
}

TEST_CASE("fault: the same seed hits the same messages, another seed others") {
  auto first = hits_with("drop label=listener* probability=0.5 seed=7");
  CHECK(first == hits_with("drop label=listener* probability=0.5 seed=7"));
  CHECK(first != hits_with("drop label=listener* probability=0.5 seed=8"));
}

TEST_CASE("fault: the rules of one system do not apply in another") {
  fault_case calm;
  fault_case stormy;
  stormy.faults.set(fault_rule::parse("drop"));
  calm.say("x");
  stormy.say("x");
  CHECK(calm.heard == diary_text{"x"});
  CHECK(stormy.heard.empty());
}

TEST_CASE("fault: a refused start counts as a failed start and is retried") {
  otp_case t;
  t.start(supervisor_spec{}.intensity({3, 5s}).add(t.child("a")).add(t.child("b")));
  fault_points::of(t.world.system()).set(fault_rule::parse("refuse label=a times=2"));
  t.crash("a");
  CHECK(t.of("a").starts() == 2);
  CHECK(t.world.events("supervisor.start_failed") == 2);
  CHECK(t.which() == "b running, a running");
}

TEST_CASE("fault: the disk is full for what a rule names, as often as it says, and for nothing else") {
  fault_case test;
  CHECK_FALSE(fault_points::is_disk_full("log"));
  test.faults.set(fault_rule::parse("full_disk label=log times=2"));
  test.say("a message is no file");
  CHECK(test.heard.size() == 1);
  CHECK_FALSE(fault_points::is_disk_full("database"));
  CHECK(fault_points::is_disk_full("log"));
  CHECK(fault_points::is_disk_full("log"));
  CHECK_FALSE(fault_points::is_disk_full("log"));
  test.faults.set(fault_rule::parse("full_disk"));
  CHECK(fault_points::is_disk_full("database"));
  test.faults.clear();
  CHECK_FALSE(fault_points::is_disk_full("database"));
}

TEST_CASE("fault: a rule knows how often it has applied") {
  fault_case test;
  const auto id = test.faults.set(fault_rule::parse("drop times=2"));
  for (const auto* x : {"1", "2", "3"})
    test.say(x);
  CHECK(test.faults.hits(id) == 2);
  test.faults.clear(id);
  CHECK(test.faults.hits(id) == 0);
}

TEST_CASE("fault: a process crashes on an occasion without a message of its own, and one without a rule ignores it") {
  otp_case t;
  t.start(supervisor_spec{}.intensity({3, 5s}).add(t.child("a")).add(t.child("b")));
  auto& faults = fault_points::of(t.world.system());
  const auto offer = [&](const char* event) {
    bool is_done = false;
    engine::offer_crash(t.world.system(), t.top, {event, {}}, [&] { is_done = true; });
    t.world.settle();
    CHECK(is_done);
  };
  faults.set(fault_rule::parse("crash event=now times=1"));
  offer("another event");
  CHECK(t.of("a").starts() + t.of("b").starts() == 2);
  offer("now");
  CHECK(t.of("a").starts() + t.of("b").starts() == 3);
  offer("now");
  CHECK(t.of("a").starts() + t.of("b").starts() == 3);
}

TEST_CASE("fault: rules for any message leave the occasion of a crash alone") {
  fault_case test;
  std::vector<fault_points::rule_id> others;
  for (const auto* rule : {"drop", "delay", "crash", "crash event=no*", "refuse"})
    others.push_back(test.faults.set(fault_rule::parse(std::string{rule} + " label=listener*")));
  const auto own = test.faults.set(fault_rule::parse("crash label=listener* event=now"));
  caf::anon_send(test.whom, fault_occasion{"now", {}});
  test.world.settle();
  CHECK(test.faults.hits(own) == 1);
  for (const auto x : others)
    CHECK(test.faults.hits(x) == 0);
  CHECK_FALSE(is_alive(test.whom));
}

TEST_CASE("fault: the words of all faults can be read, and no others") {
  for (const auto* word : {"crash", "delay", "drop", "refuse", "full_disk", "cut", "slow", "pause", "kill", "clock"})
    CHECK(to_string(fault_action_of(word).value()) == word);
  CHECK_FALSE(fault_action_of("explode"));
  CHECK_FALSE(fault_action_of(""));
}

TEST_CASE("fault: the wall clock jumps ahead and back") {
  const auto before = wall_clock::now();
  wall_clock::jump(24h);
  CHECK(wall_clock::now() >= before + 24h);
  wall_clock::jump(-24h);
  CHECK(wall_clock::now() < before + 1h);
}
