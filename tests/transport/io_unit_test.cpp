#include <doctest/doctest.h>

#include <algorithm>
#include <chrono>
#include <functional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

#include <caf/actor_system.hpp>
#include <caf/make_counted.hpp>

#include "transport/io/io_unit.hpp"
#include <bennu/supervision/config.hpp>

using namespace bennu;
using namespace bennu::engine;

namespace {

/// Records when it was flushed. Each flush takes some time, as a send does.
struct written : caf::ref_counted, pollable {
  written(std::vector<int>& to, int called) : log(to), number(called) {}
  void on_ready(uint32_t) override {}
  void flush() override {
    log.push_back(number);
    const auto end = std::chrono::steady_clock::now() + std::chrono::microseconds{100};
    while (std::chrono::steady_clock::now() < end) {}
  }
  void on_failure() override {}
  caf::ref_counted& counted() noexcept override { return *this; }
  std::vector<int>& log;
  int number;
};

struct failing : written {
  using written::written;
  void on_failure() override { throw 42; } // NOLINT(hicpp-exception-baseclass): what a library may do
};

} // namespace

TEST_CASE("io unit: whatever the end of a connection throws is reported, and nothing leaves the unit") {
  std::vector<int> unused;
  std::vector<std::string> reported;
  const auto x = caf::make_counted<failing>(unused, 0);
  guarded(
    *x, [] { throw std::runtime_error("first"); }, [&reported](std::string_view text) { reported.emplace_back(text); });
  CHECK(reported == std::vector<std::string>{"first", "an exception that is not a std::exception"});
}

TEST_CASE("io unit: a reply does not wait for the rest of a large fan-out, which is flushed in order") {
  constexpr int room = 500;
  std::vector<int> log;
  config settings;
  caf::actor_system system{settings};
  io_unit unit{system, 0, 25};
  std::vector<caf::intrusive_ptr<written>> members;
  for (int i = 0; i < room; ++i)
    members.push_back(caf::make_counted<written>(log, i));
  const auto reply = caf::make_counted<written>(log, room);
  unit.post([&] {
    for (auto& x : members)
      unit.flush_later(*x);
    unit.post([&] { unit.flush_later(*reply); });
  });
  std::function<void()> end_when_done = [&] {
    if (log.size() > room)
      unit.stop();
    else
      unit.post(end_when_done);
  };
  unit.post(end_when_done);
  unit.run();
  const auto at = std::find(log.begin(), log.end(), room);
  REQUIRE(at != log.end());
  CHECK(at - log.begin() < room / 2);
  log.erase(at);
  REQUIRE(log.size() == room);
  CHECK(std::is_sorted(log.begin(), log.end()));
}
