#pragma once

#include <chrono>
#include <cstddef>
#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <bennu/supervision/fault.hpp>

namespace bennu::node_program {

/// One step of a scenario.
struct scenario_step {
  size_t number = 0; ///< from 1, as they stand in the file
  std::chrono::milliseconds at{0};
  std::optional<fault> what; ///< nothing: everything heals

  /// When it heals after its begin; nothing: at the end of the scenario.
  std::optional<std::chrono::milliseconds> lasts;
};

/// Something to do at a moment.
struct scenario_moment {
  std::chrono::milliseconds at{0};
  size_t step = 0; ///< its index
  bool heals = false;
};

/// What `bennu-node chaos` plays: faults of running nodes, and when. A plain value.
///
///     {"nodes": {"a": "run/a.control", "b": "run/b.control"},
///      "steps": [{"at": 0, "fault": "cut", "node": "a", "peer": "b", "for": 3000},
///                {"at": 5000, "fault": "crash", "node": "b", "label": "room_channel*"},
///                {"at": 8000, "heal": "all"}]}
///
/// `nodes` has the path of the `--control` socket of each node, relative to the folder of the file. Times are in
/// milliseconds, counted from the begin. `fault_json.hpp` has the faults with their members.
struct scenario {
  std::map<std::string, std::filesystem::path> nodes;
  std::vector<scenario_step> steps;

  /// @param folder for relative paths
  /// @throws std::invalid_argument with the step, what is wrong and what is allowed.
  static scenario parse(std::string_view text, const std::filesystem::path& folder);

  /// All begins and ends of faults, in the order of time. Of one moment, ends come first, and those of pauses before
  /// all others, because a node that is paused does not answer.
  std::vector<scenario_moment> moments() const;
};

} // namespace bennu::node_program
