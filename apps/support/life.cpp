#include "apps/support/life.hpp"

#include <condition_variable>
#include <cstdio>
#include <exception>
#include <functional>
#include <memory>
#include <mutex>
#include <utility>

#include <nlohmann/json.hpp>
#include <spdlog/spdlog.h>

#include "apps/support/throw_trace.hpp"
#include <bennu/actors/tree_json.hpp>
#include <bennu/supervision/fault.hpp>
#include <bennu/supervision/tree.hpp>
#include <bennu/transport/application.hpp>

namespace bennu {

namespace {

/// What the thread that takes signals asks of the main thread. CAF ties every thread that spawns to its system, which then
/// cannot end before that thread does: so the signals' thread never touches the system.
struct wishes {
  std::mutex mutex;
  std::condition_variable changed;
  bool stop = false;
  bool show = false;
  bool reload = false;

  void wish(bool wishes::*what) {
    {
      std::lock_guard guard{mutex};
      this->*what = true;
    }
    changed.notify_one();
  }

  enum class kind { stop, show, reload };

  /// Waits for a wish. One to stop comes before all others.
  kind next() {
    std::unique_lock guard{mutex};
    changed.wait(guard, [this] { return stop || show || reload; });
    if (stop)
      return kind::stop;
    return std::exchange(show, false) ? kind::show : (reload = false, kind::reload);
  }
};

void show_tree(application& app, bool as_json) {
  const auto tree = read_tree(app.system(), app.root()).get();
  std::fputs((as_json ? to_json(tree).dump() + "\n" : render(tree)).c_str(), stderr);
  std::fflush(stderr);
}

void reload_certificate(application& app) try {
  app.web().reload_certificate();
  spdlog::info("the certificate was read again");
} catch (const std::exception& problem) {
  spdlog::error("the former certificate stays: {}", problem.what());
}

} // namespace

void live_until_stopped(stop_signals& signals, const app_options& options, application& app) {
  // Shared, since signals may come until the program ends.
  auto asked = std::make_shared<wishes>();
  asked->show = !options.tree.empty();
  if (options.dev)
    keep_throw_traces();
  for (auto& rule : options.faults)
    fault_points::of(app.system()).set(fault_rule::parse(rule));
  std::function<void()> reload;
  if (!options.tls_cert.empty())
    reload = [asked] { asked->wish(&wishes::reload); };
  signals.watch([asked] { asked->wish(&wishes::stop); }, [asked] { asked->wish(&wishes::show); }, std::move(reload));
  std::printf("ready %u\n", static_cast<unsigned>(app.web().port()));
  std::fflush(stdout);
  for (;;)
    switch (asked->next()) {
      case wishes::kind::stop:
        return;
      case wishes::kind::show:
        show_tree(app, options.tree == "json");
        break;
      case wishes::kind::reload:
        reload_certificate(app);
        break;
    }
}

} // namespace bennu
