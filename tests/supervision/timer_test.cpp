#include <doctest/doctest.h>

#include <optional>
#include <string>
#include <vector>

#include "tests/supervision/virtual_system.hpp"
#include <bennu/supervision/fault.hpp>

using namespace bennu;
using namespace bennu::test;
using namespace std::chrono_literals;

namespace {

using left = std::optional<std::chrono::milliseconds>;

/// Sets timers on request, and notes their messages.
class sleeper : public process {
public:
  sleeper(caf::actor_config& cfg, std::vector<int>& heard, left& answer)
    : process(cfg), heard_(heard), answer_(answer) {}

protected:
  caf::behavior make_behavior() override {
    return {
      [this](int x) { heard_.push_back(x); },
      [this](const std::string& order) {
        if (order == "set")
          timer_ = send_after(100ms, ++count_);
        else if (order == "cancel")
          answer_ = cancel_timer(timer_);
        else
          answer_ = read_timer(timer_);
      },
    };
  }

private:
  std::vector<int>& heard_;
  left& answer_;
  timer_ref timer_;
  int count_ = 0;
};

struct timer_case {
  std::vector<int> heard;
  left answer;
  virtual_system world;
  caf::actor one = world.own(world.system().spawn<sleeper>(std::ref(heard), std::ref(answer)));

  void tell(const char* order) {
    caf::anon_send(one, std::string{order});
    world.settle();
  }
};

} // namespace

TEST_CASE("timer: its message comes when it is due") {
  timer_case t;
  t.tell("set");
  t.world.advance(99ms);
  CHECK(t.heard.empty());
  t.world.advance(1ms);
  CHECK(t.heard == std::vector<int>{1});
}

TEST_CASE("timer: cancelling a timer returns the time left, and its message does not come") {
  timer_case t;
  t.tell("set");
  t.world.advance(30ms);
  t.tell("cancel");
  CHECK(t.answer == left{70ms});
  t.tell("cancel");
  CHECK_FALSE(t.answer);
  t.world.advance(1s);
  CHECK(t.heard.empty());
}

TEST_CASE("timer: a timer that was due cannot be cancelled") {
  timer_case t;
  t.tell("set");
  t.world.advance(100ms);
  t.tell("cancel");
  CHECK_FALSE(t.answer);
}

TEST_CASE("timer: cancelling a timer leaves the others") {
  timer_case t;
  t.tell("set");
  t.tell("set");
  t.tell("cancel");
  t.world.advance(1s);
  CHECK(t.heard == std::vector<int>{1});
}

TEST_CASE("timer: reading a timer does not stop it") {
  timer_case t;
  t.tell("set");
  t.world.advance(40ms);
  t.tell("read");
  CHECK(t.answer == left{60ms});
  t.world.advance(60ms);
  CHECK(t.heard == std::vector<int>{1});
}

TEST_CASE("timer: faults apply to its message as to any other") {
  timer_case t;
  t.world.options().faults().set(fault_rule::parse("drop label=*sleeper* event=(i32)"));
  t.tell("set");
  t.world.advance(1s);
  CHECK(t.heard.empty());
}

TEST_CASE("timer: one that is due in a day comes in a day, and frees the memory of a process that ends before") {
  struct long_sleeper : process {
    long_sleeper(caf::actor_config& cfg, int& heard) : process(cfg), heard_(heard) {}
    caf::behavior make_behavior() override {
      send_after(24h, 1);
      return {[this](int x) { heard_ += x; }};
    }
    int& heard_;
  };
  virtual_system world;
  int heard = 0;
  auto stays = world.own(world.system().spawn<long_sleeper>(std::ref(heard)));
  auto ends = world.system().spawn<long_sleeper>(std::ref(heard));
  world.settle();
  const auto address = ends.address();
  signal_exit(ends, exits::shutdown());
  ends = nullptr;
  world.settle();
  world.advance(1min);
  CHECK_FALSE(caf::actor_cast<caf::strong_actor_ptr>(address));
  world.advance(24h - 1min - 1ms);
  CHECK(heard == 0);
  world.advance(1ms);
  CHECK(heard == 1);
}
