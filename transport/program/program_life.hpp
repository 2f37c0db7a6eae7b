#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "transport/program/control_server.hpp"
#include "transport/program/logging.hpp"
#include "transport/program/metrics.hpp"
#include "transport/program/metrics_access.hpp"
#include "transport/program/service_manager.hpp"
#include "transport/program/settings.hpp"
#include "transport/program/span_exporter.hpp"
#include "transport/program/stop_signals.hpp"

namespace bennu {
class application;
} // namespace bennu

namespace bennu::engine {

class observed_faults;
class observer_service;

/// The parts of a program around its application: command line, signals, logs, metrics, and the loop of the main
/// thread.
///
/// Created in `main` before any thread and destroyed after all others. Thread safety: only the main thread uses it.
class program_life {
public:
  /// Reads the command line. Ends the process when it cannot continue (see `application`).
  program_life(program what, int count, char** arguments);
  program_life(const program_life&) = delete;
  program_life& operator=(const program_life&) = delete;

  application_options options() const;
  const std::string& secret() const noexcept { return secret_; }

  void collect(std::shared_ptr<prometheus::Collectable> own) { collected_.push_back(std::move(own)); }
  void on_reload(std::function<void()> f) { reloads_.push_back(std::move(f)); }

  /// See `application::run`. Creates the observer in `observer`, when the settings want it.
  int run(application& app, std::unique_ptr<observer_service>& observer);

private:
  void add_publish_api(application& app) const;
  std::unique_ptr<span_exporter> trace(application& app);
  std::unique_ptr<metrics_port> watch(application& app);
  int serve(application& app);
  std::unique_ptr<observer_service> open_observer(application& app);
  std::unique_ptr<control_server> open_control(application& app, observer_service* observer) const;
  void prepare(application& app);
  void reload(application& app);
  void show_tree(application& app);
  void warn_of_open_keys() const;
  void complain(const std::string& text) const;

  const program what_;
  settings settings_;
  std::optional<stop_signals> signals_;
  std::optional<logging> log_;
  std::string secret_;
  std::shared_ptr<wishes> asked_ = std::make_shared<wishes>(); // signals may come until the program ends
  std::vector<std::shared_ptr<prometheus::Collectable>> collected_;
  std::vector<std::function<void()>> reloads_;
  service_manager manager_;
  std::shared_ptr<observed_faults> faults_; ///< those that observers cause; null: there are no observers
};

} // namespace bennu::engine
