#include <doctest/doctest.h>

#include <chrono>
#include <cstdint>
#include <string>

#include "supervision/children/child_watch.hpp"
#include "supervision/process/crash_report.hpp"
#include "tests/supervision/test_child.hpp"
#include "tests/supervision/virtual_system.hpp"
#include <bennu/supervision/supervisor.hpp>

using namespace bennu;
using namespace bennu::engine;
using namespace bennu::test;

namespace {

/// The report of the last crash.
struct crash_case {
  std::string text, message, trace;
  int64_t bytes = 0;
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

TEST_CASE("crash report: it has the types and the size of the last message") {
  crash_case test;
  auto whom = test.world.own(test.world.system().spawn<test_child>());
  caf::anon_send(whom, std::string{"crash"});
  test.world.settle();
  CHECK(test.text == "told to crash");
  CHECK(test.message == "(string)");
  CHECK(test.bytes == 1 + 5); // as CAF serializes it: the length and five letters
  CHECK(test.trace.empty());
}

TEST_CASE("crash report: the supervisor's report repeats it, with the restarts that are left") {
  std::string seen;
  crash_case test;
  test.world.options().hub().attach("supervisor.child_terminated", [&seen](const telemetry_event& x) {
    for (auto name : {"id", "kind", "text", "label", "message"})
      seen += std::string{x.text(name)} + ' ';
    seen += std::to_string(x.number("bytes", -1)) + " left " + std::to_string(x.number("restarts_left", -1)) + '\n';
  });
  diary book;
  test.world.own(
    supervisor_spec{}.intensity({2, std::chrono::seconds{5}}).add(worker("worker", book)).spawn(test.world.system()));
  for (int i = 0; i < 3; ++i) {
    caf::anon_send(book.last(), std::string{"crash"});
    test.world.settle();
  }
  const std::string crash = "worker crashed told to crash test_child (string) 6 left ";
  CHECK(seen == crash + "2\n" + crash + "1\n" + crash + "0\n");
  book.actors.clear();
}

TEST_CASE("crash report: a message that cannot be serialized has no size") {
  crash_case test;
  CHECK(size_of(test.world.system(), caf::make_message(child_ack{})) == -1);
  CHECK(size_of(test.world.system(), caf::make_message(1, std::string{"abc"})) > 6);
}

TEST_CASE("crash report: it contains the stack trace of the throw when traces are kept") {
  crash_case test;
  set_throw_trace([] { return std::string{"f < g < main"}; });
  auto whom = test.world.own(test.world.system().spawn<test_child>());
  caf::anon_send(whom, std::string{"crash"});
  test.world.settle();
  set_throw_trace(nullptr);
  CHECK(test.trace == "f < g < main");
}
