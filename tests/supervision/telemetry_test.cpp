#include <stdexcept>
#include <string>
#include <vector>

#include <doctest/doctest.h>

#include <bennu/supervision/telemetry.hpp>

using namespace bennu;

namespace {

/// A hub, and the names of the events that its handlers have received.
struct listened {
  telemetry hub;
  std::vector<std::string> seen;

  telemetry::handler_id listen(std::string pattern) {
    return hub.attach(std::move(pattern), [this](const telemetry_event& x) { seen.emplace_back(x.name); });
  }
  void emit(std::string_view name) { hub.emit(name, {}, {}); }
};

} // namespace

TEST_CASE("telemetry: a handler receives the events of one name, of a prefix, or all") {
  listened test;
  SUBCASE("one name") {
    test.listen("channel.join");
    test.emit("channel.join");
    test.emit("channel.join_more");
    CHECK(test.seen == std::vector<std::string>{"channel.join"});
  }
  SUBCASE("a prefix") {
    test.listen("channel.*");
    test.emit("channel.join");
    test.emit("channels");
    CHECK(test.seen == std::vector<std::string>{"channel.join"});
  }
  SUBCASE("all") {
    test.listen("*");
    test.emit("x");
    CHECK(test.seen == std::vector<std::string>{"x"});
  }
}

TEST_CASE("telemetry: a handler that throws is detached, an event tells it, and the others go on") {
  listened test;
  int calls = 0;
  std::string told;
  test.hub.attach("x", [&](const telemetry_event&) {
    ++calls;
    throw std::runtime_error("the disk is full");
  });
  test.hub.attach("telemetry.handler_failed", [&](const telemetry_event& x) {
    told = std::string{x.text("handler")} + ", " + std::string{x.text("event")} + ", " + std::string{x.text("text")};
  });
  test.listen("x");
  test.emit("x");
  test.emit("x");
  CHECK(calls == 1);
  CHECK(told == "x, x, the disk is full");
  CHECK(test.seen.size() == 2);
}

TEST_CASE("telemetry: a handler may detach itself and attach others") {
  listened test;
  telemetry::handler_id own = 0;
  own = test.hub.attach("x", [&](const telemetry_event&) {
    test.hub.detach(own);
    test.listen("x");
  });
  test.emit("x");
  CHECK(test.seen.empty());
  test.emit("x");
  CHECK(test.seen.size() == 1);
}

TEST_CASE("telemetry: a frequent event is heard only while a handler wants it") {
  listened test;
  const auto all = test.listen("supervisor.*");
  CHECK(test.hub.has_listeners());
  for (size_t i = 0; i < frequent_event_count; ++i)
    CHECK_FALSE(test.hub.hears(static_cast<frequent_event>(i)));
  const auto one = test.listen("channel.handled_in");
  CHECK(test.hub.hears(frequent_event::channel_handled_in));
  CHECK_FALSE(test.hub.hears(frequent_event::broadcast));
  test.hub.detach(all);
  CHECK(test.hub.hears(frequent_event::channel_handled_in));
  test.hub.detach(one);
  CHECK_FALSE(test.hub.hears(frequent_event::channel_handled_in));
  CHECK_FALSE(test.hub.has_listeners());
  test.hub.attach([](std::string_view name) { return name.size() == 8; }, [](const telemetry_event&) {});
  CHECK(test.hub.hears(frequent_event::presence)); // eight letters
}
