#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include <caf/actor.hpp>
#include <sys/types.h>

#include <bennu/supervision/fault.hpp>

namespace bennu {
class application;
} // namespace bennu

namespace bennu::engine {

struct process_pause;

/// Stops this whole program for a time (SIGSTOP), and lets it go on (SIGCONT). A child process sends the signals,
/// because a program that is stopped cannot. It begins shortly after the constructor, so that the cause can still be
/// told.
///
/// Where the program is the first process of a container, the kernel ignores the signals. When somebody kills the child
/// in between, the program stays stopped until it is sent SIGCONT.
class node_pause {
public:
  /// @throws std::system_error when no child process can be made.
  explicit node_pause(std::chrono::milliseconds time);

  /// Ends a pause that has not begun.
  ~node_pause();
  node_pause(const node_pause&) = delete;
  node_pause& operator=(const node_pause&) = delete;

  static constexpr std::chrono::milliseconds notice{200};

private:
  pid_t child_;
};

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

  /// Pauses a process for a time: its messages wait in its mailbox. The pause ends by itself too, because `heal` may
  /// need that very process.
  fault_id pause(const caf::actor& whom, std::chrono::milliseconds time);

  /// How long a process or the node may be paused.
  static constexpr std::chrono::milliseconds longest_pause{60'000};

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
    std::unique_ptr<node_pause> stopped{}; // the whole node
    caf::actor paused{};                   // a process
    std::shared_ptr<process_pause> pause{};
  };

  void set(entry& into, const fault_rule& rule);
  void crash_now(entry& into, const fault& x);
  void require_link(const std::string& peer) const;
  void pause_node(entry& into, const fault& x);
  uint64_t end(const entry& x);
  void tell(const char* event, const fault& x) const;

  application& app_;
  fault_id last_id_ = 0;
  std::map<fault_id, entry> causing_;
};

} // namespace bennu::engine
