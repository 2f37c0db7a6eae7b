// `for_seeds`: many runs, and what a failing one says.
#include <algorithm>
#include <charconv>
#include <cstdio>
#include <cstdlib>
#include <exception>
#include <iostream>
#include <iterator>
#include <memory>
#include <optional>
#include <sstream>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

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
  return place_in_words(where.file_name(), where.line());
}

uint64_t number_in(std::string_view text, std::string_view variable, std::string_view form) {
  uint64_t result = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), result);
  if (text.empty() || error != std::errc{} || end != text.data() + text.size())
    throw std::invalid_argument(std::string{variable} + ": \"" + std::string{text} + "\" is no number; it has the form "
                                + std::string{form});
  return result;
}

/// The value of an environment variable, null when it is empty.
const char* variable(const char* name) {
  const auto* text = std::getenv(name);
  return text != nullptr && *text != '\0' ? text : nullptr;
}

bool is_number(std::string_view x) {
  return !x.empty() && std::ranges::all_of(x, [](char c) { return c >= '0' && c <= '9'; });
}

/// What `BENNU_REPLAY` asks for: `file:line/seed/faults`, as failures show it. `file` may have folders.
struct replay {
  std::string place;
  uint64_t seed = 0;
  std::optional<std::set<size_t>> faults;

  bool is_of_file(std::string_view path) const {
    const auto file = std::string_view{place}.substr(0, place.rfind(':'));
    return path.ends_with(file) && (path.size() == file.size() || path[path.size() - file.size() - 1] == '/');
  }
  bool is_at(const std::source_location& where) const {
    return is_of_file(where.file_name()) && place.substr(place.rfind(':') + 1) == std::to_string(where.line());
  }
};

std::optional<replay> wanted_replay() {
  const auto* text = variable("BENNU_REPLAY");
  if (text == nullptr)
    return std::nullopt;
  constexpr auto form = "FILE:LINE/SEED or FILE:LINE/SEED/FAULTS, where FAULTS is \"none\" or a list such as 4,9";
  std::vector<std::string> parts;
  std::istringstream in{text};
  for (std::string part; std::getline(in, part, '/');)
    parts.push_back(part);
  // Folders may stand before the file.
  const bool names_faults = parts.size() > 2 && is_number(parts[parts.size() - 2]);
  replay result;
  if (names_faults) {
    result.faults = parts.back() == "none" ? std::set<size_t>{} : parse_numbers(parts.back());
    parts.pop_back();
  }
  result.seed = number_in(parts.size() < 2 ? "" : parts.back(), "BENNU_REPLAY", form);
  parts.pop_back();
  for (const auto& x : parts)
    result.place += (result.place.empty() ? "" : "/") + x;
  if (result.place.find(':') == result.place.npos)
    throw std::invalid_argument("BENNU_REPLAY has no line; it has the form " + std::string{form});
  return result;
}

/// A replay that finds no `for_seeds` at its line proves nothing: then the program fails in the end.
class replay_watch {
public:
  ~replay_watch() {
    const auto* text = variable("BENNU_REPLAY");
    if (text == nullptr || was_found)
      return;
    std::cerr << "BENNU_REPLAY=" << text << ": nothing was replayed, since no for_seeds ran at this line.";
    if (!of_this_file.empty())
      std::cerr << " In this file it stands at " << of_this_file << ": has the file changed since?";
    std::cerr << std::endl;
    std::fflush(nullptr);
    std::_Exit(1);
  }

  bool was_found = false;
  std::string of_this_file; ///< where a `for_seeds` of the file was called
};

replay_watch replays; // at the end of the program it says whether one was found

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
    std::string kind; ///< equal for two failures that show the same mistake
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
    const auto before = count_failures();
    std::unique_ptr<cluster_case> test;
    failure result;
    try {
      test.reset(new cluster_case{seed, make, options, std::move(only)});
      scenario(*test);
      test->world_->check_protocol(); // no invariant: it may refer to variables that the scenario has left
      const auto after = count_failures();
      if (after.count <= before.count)
        return std::nullopt;
      result.text = after.last + ": an assertion failed there";
    } catch (const std::exception& x) {
      result.text = x.what();
    } catch (...) { // REQUIRE and the like
      const auto after = count_failures();
      result.text = after.count > before.count ? after.last + ": an assertion failed there"
                                               : "the scenario ended by an exception that is no std::exception";
    }
    // The place in the test that failed; for another exception its text up to the first colon.
    result.kind = result.text.substr(0, result.text.find(": "));
    if (test) {
      if (const auto& violation = test->world_->violation; !violation.empty())
        std::ranges::remove_copy_if(violation, std::back_inserter(result.kind), [](char c) {
          return is_number({&c, 1});
        });
      result.faults = test->world_->script.numbers();
      result.script = test->faults();
      result.trace = test->trace();
    }
    return result;
  }

  /// The same failure with as few faults as possible.
  failure smallest(uint64_t seed, failure first) const {
    auto best = std::move(first);
    minimised(
      best.faults,
      [&](const std::set<size_t>& faults) {
        auto again = run(seed, faults);
        if (!again || again->kind != best.kind)
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
    if (wanted->is_of_file(where.file_name()))
      replays.of_this_file += (replays.of_this_file.empty() ? "" : ", ") + place;
    if (!wanted->is_at(where))
      return;
    replays.was_found = true;
    if (const auto failed = runner.run(wanted->seed, wanted->faults))
      fail_expectation(report(wanted->seed, *failed, place), where);
    return;
  }
  if (const auto* seeds = variable("BENNU_SEEDS"))
    count = number_in(seeds, "BENNU_SEEDS", "100000");
  for (uint64_t seed = 1; seed <= count; ++seed)
    if (auto failed = runner.run(seed, std::nullopt))
      fail_expectation(report(seed, runner.smallest(seed, *std::move(failed)), place), where);
}

} // namespace bennu
