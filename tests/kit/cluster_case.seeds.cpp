// `for_seeds`: many runs, and what a failing one says.
#include <algorithm>
#include <cstdlib>
#include <exception>
#include <optional>
#include <sstream>
#include <utility>

#include "tests/kit/cluster/cluster_world.hpp"
#include <bennu/testing/cluster_case.hpp>

namespace bennu {

using namespace engine;

namespace {

// A failing run is repeated up to so often to find the faults that it needs.
constexpr size_t max_runs = 300;

// So many of the last events are shown.
constexpr size_t shown_events = 40;

std::string name_of(const std::source_location& where) {
  const std::string_view path = where.file_name();
  return std::string{path.substr(path.rfind('/') + 1)} + ":" + std::to_string(where.line());
}

/// What `BENNU_REPLAY` asks for: `file:line/seed/faults`, as failures show it.
struct replay {
  std::string place;
  uint64_t seed = 0;
  std::optional<std::set<size_t>> faults;
};

std::optional<replay> wanted_replay() {
  const auto* text = std::getenv("BENNU_REPLAY");
  if (text == nullptr)
    return std::nullopt;
  std::istringstream in{text};
  replay result;
  std::string seed, faults;
  std::getline(in, result.place, '/');
  std::getline(in, seed, '/');
  result.seed = std::stoull(seed);
  if (std::getline(in, faults))
    result.faults = faults == "none" ? std::set<size_t>{} : parse_numbers(faults);
  return result;
}

struct silenced {
  silenced() : before(report_failures_to({})) {}
  ~silenced() { report_failures_to(before); }
  failure_reporter before;
};

} // namespace

/// Runs one scenario with seeds.
struct seed_runner {
  struct failure {
    std::string text;
    std::set<size_t> faults;
    std::vector<std::string> script;
    std::vector<std::string> trace;
  };

  const cluster_case::make_endpoint& make;
  const cluster_case_options& options;
  const std::function<void(cluster_case&)>& scenario;

  /// @returns how the run failed; nothing when it passed.
  std::optional<failure> run(uint64_t seed, std::optional<std::set<size_t>> only) const {
    const silenced quiet; // a run that fails is reported once, by the caller
    cluster_case test{seed, make, options, std::move(only)};
    std::string text;
    try {
      scenario(test);
      return std::nullopt;
    } catch (const std::exception& x) {
      text = x.what();
    } catch (...) {
      text = "the scenario ended by an exception that is no std::exception";
    }
    return failure{std::move(text), test.world_->script.numbers(), test.faults(), test.trace()};
  }

  /// The place in the test that failed; for any other exception its text up to the first colon.
  static std::string kind_of(const failure& x) { return x.text.substr(0, x.text.find(": ")); }

  /// The same failure with as few faults as possible.
  failure smallest(uint64_t seed, failure first) const {
    auto best = std::move(first);
    minimised(
      best.faults,
      [&](const std::set<size_t>& faults) {
        auto again = run(seed, faults);
        if (!again || kind_of(*again) != kind_of(best))
          return false;
        best = *std::move(again);
        return true;
      },
      max_runs);
    return best;
  }
};

namespace {

std::string report(uint64_t seed, const seed_runner::failure& x, const std::string& place) {
  const auto faults = x.faults.empty() ? std::string{"none"} : to_text(x.faults);
  std::ostringstream out;
  out << x.text << "\n  seed " << seed << "; to replay it: BENNU_REPLAY=" << place << "/" << seed << "/" << faults
      << "\n  faults that it needs: " << (x.script.empty() ? "none" : "");
  for (const auto& line : x.script)
    out << "\n    " << line;
  const auto skipped = x.trace.size() - std::min(x.trace.size(), shown_events);
  out << "\n  the last events:";
  for (auto i = skipped; i < x.trace.size(); ++i)
    out << "\n    " << x.trace[i];
  return out.str();
}

} // namespace

void for_seeds(uint64_t count, const cluster_case::make_endpoint& make, const cluster_case_options& options,
               const std::function<void(cluster_case&)>& scenario, std::source_location where) {
  const seed_runner runner{make, options, scenario};
  const auto place = name_of(where);
  if (const auto wanted = wanted_replay()) {
    if (wanted->place != place)
      return;
    if (const auto failed = runner.run(wanted->seed, wanted->faults))
      fail_expectation(report(wanted->seed, *failed, place), where);
    return;
  }
  if (const auto* seeds = std::getenv("BENNU_SEEDS"))
    count = std::stoull(seeds);
  for (uint64_t seed = 1; seed <= count; ++seed)
    if (auto failed = runner.run(seed, std::nullopt))
      fail_expectation(report(seed, runner.smallest(seed, *std::move(failed)), place), where);
}

} // namespace bennu
