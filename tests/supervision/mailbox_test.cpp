#include <doctest/doctest.h>

#include <string>
#include <utility>
#include <vector>

#include "tests/supervision/test_child.hpp"
#include "tests/supervision/virtual_system.hpp"

using namespace bennu;
using namespace bennu::test;

namespace {

/// Accepts numbers and does nothing.
class eater : public process {
public:
  using process::process;
  std::string label() const override { return "eater of the test"; }

protected:
  caf::behavior make_behavior() override {
    return {[](int) {}};
  }
};

struct mailbox_case {
  using reports = std::vector<std::pair<std::string, int64_t>>;
  reports heard;
  virtual_system world;
  caf::actor whom = world.own(world.system().spawn<eater>());

  mailbox_case() {
    world.options().hub().attach("process.mailbox_*", [this](const telemetry_event& x) {
      heard.emplace_back(std::string{x.name} + " " + std::string{x.text("label")}, x.number("depth"));
    });
  }

  void flood(int messages) {
    for (auto i = 0; i < messages; ++i)
      caf::anon_send(whom, i);
    world.settle();
  }
};

const std::string high = "process.mailbox_high eater of the test";
const std::string normal = "process.mailbox_normal eater of the test";

} // namespace

TEST_CASE("mailbox: ten thousand waiting messages are reported once, and once more when a quarter is left") {
  mailbox_case test;
  test.flood(10'001);
  CHECK(test.heard == mailbox_case::reports{{high, 10'000}, {normal, 2'500}});
}

TEST_CASE("mailbox: fewer messages are not reported") {
  mailbox_case test;
  test.flood(10'000);
  CHECK(test.heard.empty());
}

TEST_CASE("mailbox: each doubling is reported while it grows") {
  mailbox_case test;
  test.world.options().mailbox_alarm = 100;
  for (auto i = 0; i < 150; ++i)
    caf::anon_send(test.whom, i);
  test.world.step_until([&] { return !test.heard.empty(); });
  test.flood(400);
  test.flood(101);
  CHECK(test.heard
        == mailbox_case::reports{{high, 149}, {high, test.heard[1].second}, {normal, 25}, {high, 100}, {normal, 25}});
  CHECK(test.heard[1].second >= 400);
}

TEST_CASE("mailbox: with an alarm of 0 nothing is reported") {
  mailbox_case test;
  test.world.options().mailbox_alarm = 0;
  test.flood(20'000);
  CHECK(test.heard.empty());
}
