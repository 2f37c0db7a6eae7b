// How `for_seeds` fails, counts and replays.
#include <array>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <memory>
#include <stdexcept>
#include <string>

#include <doctest/doctest.h>
#include <nlohmann/json.hpp>

#include "tests/kit_test/failure.hpp"
#include <bennu/actors/channel.hpp>
#include <bennu/actors/node.hpp>
#include <bennu/testing/cluster_case.hpp>

using namespace bennu;
using namespace std::chrono_literals;

BENNU_REPORT_TO_DOCTEST

namespace {

// The adapter counts assertions; a failed expectation stays an exception, which `failure_of` reads.
[[maybe_unused]] const auto no_reporter = report_failures_to({});

struct seed_socket : bennu::socket {
  connect_result connect(const connect_info&) override { return connected{}; }
};

endpoint nothing(node&) {
  return endpoint{"/socket"}.serve<seed_socket>();
}

const cluster_case_options one_node{.nodes = {"a"}};

std::string report_of_seeds(uint64_t count, const std::function<void(cluster_case&)>& scenario,
                            const cluster_case::make_endpoint& make = nothing) {
  return failure_of([&] { for_seeds(count, make, one_node, scenario); });
}

/// An environment variable until the end of the scope.
struct environment {
  environment(const char* name, const std::string& value) : name_(name) { setenv(name, value.c_str(), 1); }
  ~environment() { unsetenv(name_); }
  const char* name_;
};

/// Another run of this program.
struct other_run {
  explicit other_run(const std::string& variables_and_arguments) {
    const auto program = std::filesystem::read_symlink("/proc/self/exe").string();
    const auto split = variables_and_arguments.find("--");
    const auto command =
      variables_and_arguments.substr(0, split) + program + " " + variables_and_arguments.substr(split) + " 2>&1";
    auto* pipe = popen(command.c_str(), "r");
    REQUIRE(pipe != nullptr);
    std::array<char, 4096> bytes{};
    while (const auto n = fread(bytes.data(), 1, bytes.size(), pipe))
      output.append(bytes.data(), n);
    is_success = pclose(pipe) == 0;
  }
  std::string output;
  bool is_success = false;
};

} // namespace

TEST_CASE("for_seeds: an invariant is not asked after the scenario, whose variables it may use") {
  bool is_over = false;
  int late = 0;
  const auto text = report_of_seeds(1, [&](cluster_case& test) {
    test.always("it holds", [&] {
      late += is_over;
      return true;
    });
    test.run_for(1s);
    is_over = true;
  });
  CHECK(text.empty());
  CHECK(late == 0);
}

TEST_CASE("for_seeds: what throws before the scenario begins has a seed, too") {
  const auto text = report_of_seeds(
    1, [](cluster_case&) {}, [](node&) -> endpoint { throw std::runtime_error("no endpoint: not today"); });
  CHECK(contains(text, "no endpoint: not today\n  seed 1; to replay it: "));
}

TEST_CASE("for_seeds: an assertion of the framework fails the run, and another assertion is another failure") {
  counted_failures seen;
  const auto former = count_failures_with([&] { return seen; });
  const auto text = report_of_seeds(3, [&](cluster_case& test) {
    test.pause("a", 1s);
    test.jump_clock("a", 1s);
    if (test.faults().size() == 2)
      seen = {seen.count + 1, "room_test.cpp:7"};
    else // without one of the faults another assertion fails
      seen = {seen.count + 1, "room_test.cpp:9"};
  });
  const auto thrown = report_of_seeds(3, [&](cluster_case&) {
    seen = {seen.count + 1, "room_test.cpp:11"};
    throw 7; // as REQUIRE does
  });
  count_failures_with(former);
  CHECK(contains(text, "room_test.cpp:7: an assertion failed there"));
  CHECK(contains(text, "/1/1,2\n"));
  CHECK(contains(thrown, "room_test.cpp:11: an assertion failed there"));
}

TEST_CASE("for_seeds: a CHECK of doctest fails in another run of this program" * doctest::skip()) {
  for_seeds(3, nothing, one_node, [](cluster_case& test) {
    test.pause("a", 1s);
    CHECK(test.seed() != 2);
  });
}

TEST_CASE("for_seeds: the adapter for doctest counts CHECK") {
  const other_run x{"--no-skip --test-case='*fails in another run*'"};
  CHECK_FALSE(x.is_success);
  CHECK(contains(x.output, "an assertion failed there\n  seed 2; to replay it: BENNU_REPLAY=for_seeds_test.cpp:"));
}

TEST_CASE("for_seeds: a replay runs its seed and faults alone, at its line alone") {
  std::string place;
  const auto runs_with = [&](const std::string& value) {
    const environment replay{"BENNU_REPLAY", value};
    std::string seeds;
    const auto text = failure_of([&] {
      for_seeds(3, nothing, one_node, [&](cluster_case& test) {
        test.pause("a", 1s);
        test.jump_clock("a", 1s);
        seeds += std::to_string(test.seed()) + ":" + std::to_string(test.faults().size()) + " ";
        if (value.empty())
          test.expect("it fails", false);
      });
    });
    const auto begin = text.find("BENNU_REPLAY=");
    if (begin != text.npos)
      place = text.substr(begin + 13, text.find('/', begin) - begin - 13);
    return seeds;
  };
  runs_with("");
  REQUIRE(contains(place, "for_seeds_test.cpp:"));
  CHECK(runs_with(place + "/7/2") == "7:1 ");
  CHECK(runs_with(place + "/7/none") == "7:0 ");
  CHECK(runs_with("tests/kit_test/" + place + "/7") == "7:2 ");
  CHECK(runs_with("other/" + place + "/7").empty());
  CHECK(runs_with("for_seeds_test.cpp:1/7").empty());
}

TEST_CASE("for_seeds: a malformed variable says what it should be") {
  const auto says = [](const char* name, const char* value) {
    const environment set{name, value};
    try {
      for_seeds(1, nothing, one_node, [](cluster_case&) {});
    } catch (const std::invalid_argument& x) {
      return std::string{x.what()};
    }
    return std::string{};
  };
  CHECK(contains(says("BENNU_REPLAY", "x/"), "FILE:LINE/SEED"));
  CHECK(contains(says("BENNU_REPLAY", "x.cpp:7/8/9,y"), "9,y"));
  CHECK(contains(says("BENNU_REPLAY", "x.cpp/8"), "has no line"));
  CHECK(contains(says("BENNU_REPLAY", "7"), "FILE:LINE/SEED"));
  CHECK(contains(says("BENNU_SEEDS", "many"), R"(BENNU_SEEDS: "many" is no number)"));
  CHECK(says("BENNU_SEEDS", "").empty());
}

TEST_CASE("for_seeds: a program in which a replay finds nothing fails and says so") {
  const other_run x{"BENNU_REPLAY=for_seeds_test.cpp:1/7 --test-case='*for_seeds: an invariant is not asked after*'"};
  CHECK_FALSE(x.is_success);
  CHECK(contains(x.output, "BENNU_REPLAY=for_seeds_test.cpp:1/7: nothing was replayed"));
  CHECK(contains(x.output, "In this file it stands at for_seeds_test.cpp:"));
}
