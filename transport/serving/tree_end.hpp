#pragma once

#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <string>

#include <caf/fwd.hpp>

#include <bennu/supervision/telemetry.hpp>

namespace bennu::engine {

/// Tells why a supervision tree ended although nobody stopped it: listens to what its supervisors report, and puts the reports that led to
/// the end into one line, the root's first.
///
/// Thread safety: any thread.
class tree_end : public std::enable_shared_from_this<tree_end> {
public:
  /// `hub` outlives this.
  static std::shared_ptr<tree_end> listening(telemetry& hub, std::function<void(const std::string& why)> on_end);
  ~tree_end();

  /// From here on an end is wanted, and `on_end` is not called.
  void expect();

  /// The root ended. Calls `on_end` unless the end was expected.
  void ended(const caf::error& reason);

  /// `shutdown: reached_max_restart_intensity; root gave up "presence": …; presence gave up "presence 1": crashed: boom`.
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
  std::deque<report> reports_; // the newest last
  bool is_expected_ = false;
};

} // namespace bennu::engine
