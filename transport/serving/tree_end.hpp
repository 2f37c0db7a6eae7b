#pragma once

#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <string>

#include <caf/fwd.hpp>

#include <bennu/supervision/telemetry.hpp>

namespace bennu::engine {

/// Explains why a supervision tree ended although it was not stopped. It listens to the reports of the supervisors
/// and puts those that led to the end into one line, the root's first.
///
/// Thread safety: any thread may call it.
class tree_end : public std::enable_shared_from_this<tree_end> {
public:
  /// REQUIRES: `hub` outlives this object.
  static std::shared_ptr<tree_end> listening(telemetry& hub, std::function<void(const std::string& why)> on_end);
  ~tree_end();

  /// From now on an end is expected, and `on_end` is not called.
  void expect();

  /// The root has ended. Calls `on_end` unless the end was expected.
  void ended(const caf::error& reason);

  /// `shutdown: reached_max_restart_intensity; root gave up "presence": …; presence gave up "presence 1": crashed:
  /// boom`.
  std::string chain(const caf::error& reason) const;

private:
  struct report {
    std::string supervisor, text;
  };

  tree_end(telemetry& hub, std::function<void(const std::string& why)> on_end)
    : hub_(hub), on_end_(std::move(on_end)) {}
  void note(const telemetry_event& event);

  telemetry& hub_;
  const std::function<void(const std::string& why)> on_end_;
  telemetry::handler_id subscription_ = 0;
  mutable std::mutex mutex_;
  std::deque<report> reports_; // the newest is last
  bool is_expected_ = false;
};

} // namespace bennu::engine
