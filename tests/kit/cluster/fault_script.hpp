#pragma once

#include <cstddef>
#include <functional>
#include <optional>
#include <set>
#include <string>
#include <vector>

namespace bennu::engine {

/// The faults of one run, numbered in their order. A run can be repeated with some of them only.
///
/// A plain value. Thread safety: none.
class fault_script {
public:
  fault_script() = default;
  explicit fault_script(std::optional<std::set<size_t>> only) : only_(std::move(only)) {}

  /// Counts a fault and notes it. @returns whether it takes place in this run.
  bool next(std::string what);

  /// The numbers of the faults that took place.
  std::set<size_t> numbers() const;

  /// What took place, one line each.
  std::vector<std::string> lines() const;

private:
  struct step {
    size_t number = 0;
    std::string what;
  };

  std::optional<std::set<size_t>> only_;
  size_t count_ = 0;
  std::vector<step> taken_;
};

/// Finds a small set of faults with which a run still fails: delta debugging (Zeller and Hildebrandt, "Simplifying and
/// Isolating Failure-Inducing Input", 2002). It leaves out halves, then quarters and so on; in the end no single fault
/// can be left out, unless `max_runs` ended the search.
/// @param fails repeats the run with these faults
std::set<size_t> minimised(std::set<size_t> faults, const std::function<bool(const std::set<size_t>&)>& fails,
                           size_t max_runs);

/// `1,5,7` as numbers. @throws std::invalid_argument when it is not a list of numbers.
std::set<size_t> parse_numbers(const std::string& text);
std::string to_text(const std::set<size_t>& numbers);

} // namespace bennu::engine
