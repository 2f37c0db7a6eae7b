#include <doctest/doctest.h>

#include <cstdint>
#include <string>

#include "supervision/child_watch.hpp"
#include "supervision/crash_report.hpp"
#include "tests/supervision/test_child.hpp"
#include "tests/supervision/virtual_system.hpp"

using namespace bennu;
using namespace bennu::test;

namespace {

/// What was told of the last crash.
struct crash_case {
  std::string text, message, trace;
  std::int64_t bytes = 0;
  virtual_system world;

  crash_case() {
    world.options().hub().attach("process.crashed", [this](const telemetry_event& x) {
      text = x.text("text");
      message = x.text("message");
      trace = x.text("trace");
      bytes = x.number("bytes");
    });
  }
};

} // namespace

TEST_CASE("crash report: it names the types of the last message, and its size") {
  crash_case test;
  auto whom = test.world.own(test.world.system().spawn<test_child>());
  caf::anon_send(whom, std::string{"crash"});
  test.world.settle();
  CHECK(test.text == "told to crash");
  CHECK(test.message == "(string)");
  CHECK(test.bytes == 1 + 5); // as CAF writes it: its length, and five letters
  CHECK(test.trace.empty());
}

TEST_CASE("crash report: a message that no other node could read has no size") {
  crash_case test;
  CHECK(size_of(test.world.system(), caf::make_message(child_ack{})) == -1);
  CHECK(size_of(test.world.system(), caf::make_message(1, std::string{"abc"})) > 6);
}

TEST_CASE("crash report: it carries the trace of the throw where somebody keeps it") {
  crash_case test;
  set_throw_trace([] { return std::string{"f < g < main"}; });
  auto whom = test.world.own(test.world.system().spawn<test_child>());
  caf::anon_send(whom, std::string{"crash"});
  test.world.settle();
  set_throw_trace(nullptr);
  CHECK(test.trace == "f < g < main");
}
