#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include <caf/actor.hpp>
#include <nlohmann/json.hpp>

#include "supervision/lookup/current_actor.hpp"
#include "transport/observer/question.hpp"
#include "transport/observer/traffic.hpp"
#include <bennu/supervision/fault.hpp>

namespace bennu::engine {

class event_log;
class load_history;
class log_ring;
struct node_parts;

/// What the process uses, as a program measures it.
struct process_usage {
  double cpu_seconds = 0;
  double resident_bytes = 0;
  double open_files = 0;
  double max_files = 0;
  double threads = 0;
};

/// A limit of the server, and how much of it is used.
struct limit_use {
  std::string name;
  uint64_t used = 0;
  uint64_t limit = 0;
};

/// What the program around a node lets observers see and do. Thread safety: any thread calls the functions; none may
/// be empty.
struct observer_program {
  std::string version;
  int64_t process_id = 0;
  bool dev_mode = false;
  std::function<caf::actor()> root;                   ///< of the supervision tree; null when there is none
  std::function<process_usage()> usage;               ///< of the process
  std::function<std::vector<limit_use>()> limits;     ///< those of the server
  std::function<bool()> is_draining;                  ///< whether the server has begun to stop
  std::function<void()> drain;                        ///< begins to stop it, as SIGTERM does
  std::function<void(const std::string& line)> audit; ///< writes a line to the log

  /// Faults on purpose, for development. `cause` answers the fault's number, `heal` with 0 heals all; both may wait for
  /// some seconds, and throw std::invalid_argument when that is not possible here. `faults` lists those of now.
  std::function<uint64_t(const fault& what)> cause;
  std::function<uint64_t(uint64_t id)> heal;
  std::function<uint64_t(const caf::actor& whom, const std::string& who, std::chrono::milliseconds time)> pause;
  std::function<nlohmann::json()> faults;
  std::function<bool(const std::string& peer)> is_cut; ///< whether one of them cuts the link to that node
  nlohmann::json possible_faults = nlohmann::json::array();
};

/// What the questions of observers are answered from. It outlives the supervision tree. Thread safety: any thread.
struct observer_sources {
  node_parts& node;
  const observer_program program;
  const int64_t started_ms = unix_ms();
  std::vector<std::unique_ptr<current_actor>> units; ///< the `unit_reader` of each io unit
  current_actor inquiries;                           ///< the supervisor of those that answer

  /// Whether a channel of this node serves the topic; empty where there is no server.
  std::function<bool(std::string_view topic)> is_channel_topic;

  std::shared_ptr<event_log> events;
  std::shared_ptr<load_history> load;
  std::shared_ptr<log_ring> log;

  counter_rates rates{2'000}; ///< of what is on the pages: `topic NAME`, `in ID`, `out ID` of a connection
};

} // namespace bennu::engine
