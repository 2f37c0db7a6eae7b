#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <mutex>
#include <string>

#include <nlohmann/json.hpp>

#include "transport/program/live_faults.hpp"

namespace bennu::engine {

/// The faults that observers have caused on this node: those of all observers together, because a person who closes the
/// page expects to find them again. They heal when this object ends.
///
/// Thread safety: any thread, also several at once. Calls may wait for some seconds.
class observed_faults {
public:
  explicit observed_faults(application& app) : faults_(app) {}

  /// @throws std::invalid_argument when it is not possible on this node.
  uint64_t cause(const fault& x);

  /// Pauses a process, which is listed as `who`, for a time. @throws std::invalid_argument as `cause`.
  uint64_t pause(const caf::actor& whom, const std::string& who, std::chrono::milliseconds time);

  /// Ends one; with 0 all. @returns how often it had applied
  /// @throws std::invalid_argument when there is no such fault.
  uint64_t heal(uint64_t id);

  /// `[{"id", "fault", "hits", "text"}]`
  nlohmann::json list() const;

  /// Whether one of them cuts the link to that node.
  bool is_cut(const std::string& peer) const;

private:
  mutable std::mutex changing_; // held while a fault begins or ends
  live_faults faults_;
  mutable std::mutex listing_;
  struct listed {
    nlohmann::json what; // as in a scenario; of a process that is paused, with its `actor`
    std::string text;
    std::string cut{}; // the node to which the link is cut
  };
  std::map<uint64_t, listed> active_;
};

/// What can go wrong on purpose, for those who choose: `[{"do", "params", "text"}]`.
nlohmann::json possible_faults();

} // namespace bennu::engine
