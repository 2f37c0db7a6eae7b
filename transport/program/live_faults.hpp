#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include <bennu/supervision/fault.hpp>

namespace bennu {
class application;
} // namespace bennu

namespace bennu::engine {

/// The faults that one tool has caused on this node. What it has not healed heals when this object ends. Emits
/// `fault.caused {} {fault}` and `fault.healed {} {fault}`.
///
/// Thread safety: one thread uses it. REQUIRES: the application has started, and outlives it.
class live_faults {
public:
  using fault_id = uint64_t;

  explicit live_faults(application& app) : app_(app) {}
  ~live_faults() { heal(); }
  live_faults(const live_faults&) = delete;
  live_faults& operator=(const live_faults&) = delete;

  /// Causes the fault from now on.
  /// @throws std::invalid_argument when it is not possible on this node, with the reason.
  fault_id cause(const fault& x);

  /// Ends it. @returns how often it has applied
  /// @throws std::invalid_argument when there is no such fault.
  uint64_t heal(fault_id id);

  /// Ends all of them.
  void heal();

  /// How often a fault has applied so far; 0 when there is none with this number. Any thread may call it while none is
  /// caused or healed.
  uint64_t hits(fault_id id) const;

private:
  struct entry {
    fault what;
    std::vector<fault_points::rule_id> rules;
    std::chrono::milliseconds jump{0};
  };

  void set(entry& into, const fault_rule& rule);
  void crash_now(entry& into, const fault& x);
  void require_link(const std::string& peer) const;
  uint64_t end(const entry& x);
  void tell(const char* event, const fault& x) const;

  application& app_;
  fault_id last_id_ = 0;
  std::map<fault_id, entry> causing_;
};

} // namespace bennu::engine
