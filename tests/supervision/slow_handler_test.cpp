#include <future>
#include <string>
#include <thread>

#include <doctest/doctest.h>

#include "supervision/process/activity.hpp"

using namespace bennu;
using namespace bennu::engine;
using namespace std::chrono_literals;

namespace {

struct sampled {
  slow_handler state{100ms};
  slow_handler::clock::time_point start = slow_handler::clock::now();

  slow_handler::verdict at(std::chrono::milliseconds time, uint64_t ticks) { return state.sample(ticks, start + time); }
};

constexpr auto fine = slow_handler::verdict::fine;
constexpr auto slow = slow_handler::verdict::slow;
constexpr auto over = slow_handler::verdict::over;

struct some_room {};

} // namespace

TEST_CASE("slow handler: a handler that runs past the threshold is reported once, and again when it ends") {
  sampled x;
  CHECK(x.at(0ms, 7) == fine);
  CHECK(x.at(99ms, 7) == fine);
  CHECK(x.at(100ms, 7) == slow);
  CHECK(x.state.ran() == 100ms);
  CHECK(x.at(200ms, 7) == fine);
  CHECK(x.at(300ms, 8) == over);
  CHECK(x.state.ran() == 300ms);
}

TEST_CASE("slow handler: quick handlers are not reported, however long they take together") {
  sampled x;
  for (uint64_t i = 0; i < 100; ++i)
    CHECK(x.at(std::chrono::milliseconds{20 * i}, 2 * i + 1) == fine);
}

TEST_CASE("slow handler: an idle thread is not reported") {
  sampled x;
  CHECK(x.at(0ms, 8) == fine);
  CHECK(x.at(10'000ms, 8) == fine);
}

TEST_CASE("slow handler: the next handler is timed from its own start") {
  sampled x;
  x.at(0ms, 7);
  CHECK(x.at(150ms, 7) == slow);
  CHECK(x.at(200ms, 9) == over);
  CHECK(x.at(250ms, 9) == fine);
  CHECK(x.at(300ms, 9) == slow);
}

TEST_CASE("activity: another thread reads what runs, and nothing after its end") {
  thread_activity here;
  CHECK(here.ticks() % 2 == 0);
  CHECK_FALSE(here.look(here.ticks()));
  std::string topic = "room:lobby";
  here.begin({&typeid(some_room), 17, topic, "boom"});
  const auto tick = here.ticks();
  CHECK(tick % 2 == 1);
  auto seen = std::async(std::launch::async, [&] { return here.look(tick); }).get();
  REQUIRE(seen);
  CHECK(seen->label == "some_room");
  CHECK(seen->actor == 17);
  CHECK(seen->topic == "room:lobby");
  CHECK(seen->event == "boom");
  here.end();
  CHECK_FALSE(here.look(tick));
  CHECK(here.ticks() != tick);
}

TEST_CASE("activity: an inner scope replaces the outer one until it ends") {
  thread_activity here;
  thread_activity::set_for_this_thread(&here);
  {
    activity_scope outer{{nullptr, 1, {}, "outer"}};
    {
      activity_scope inner{{nullptr, 1, {}, "inner"}};
      CHECK(here.look(here.ticks())->event == "inner");
    }
    CHECK(here.look(here.ticks())->event == "outer");
  }
  CHECK_FALSE(here.look(here.ticks()));
  thread_activity::set_for_this_thread(nullptr);
}

TEST_CASE("activity: a copy is consistent while the owner goes on") {
  thread_activity here;
  std::atomic<bool> stop{false};
  std::thread watcher{[&] {
    while (!stop)
      if (auto x = here.look(here.ticks()))
        if (x->topic != x->event || x->topic.size() != x->actor)
          std::abort();
  }};
  for (int i = 0; i < 20'000; ++i) {
    std::string text(static_cast<size_t>(i % 50), static_cast<char>('a' + i % 26));
    here.begin({nullptr, text.size(), text, text});
    here.end();
  }
  stop = true;
  watcher.join();
}
