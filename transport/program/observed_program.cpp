#include "transport/program/observed_program.hpp"

#include <string_view>
#include <utility>

#include <spdlog/spdlog.h>
#include <unistd.h>

#include "actors/node/node_parts.hpp"
#include "transport/observer/log_ring.hpp"
#include "transport/program/logging.hpp"
#include "transport/program/metrics.hpp"
#include "transport/program/observed_faults.hpp"
#include "transport/program/settings.hpp"
#include <bennu/actors/node.hpp>
#include <bennu/transport/application.hpp>
#include <bennu/transport/server.hpp>

namespace bennu::engine {

namespace {

process_usage usage_of_process() {
  const auto x = read_process_numbers();
  return {x.cpu_seconds, x.resident_bytes, x.open_files, x.max_files, x.threads};
}

// The names are those of `limit.hit`.
std::vector<limit_use> limits_of(application& app, const settings& with) {
  const auto& clients = app.home().parts().clients;
  return {
    {"connections", app.web().clients(), with.max_connections},
    {"all_joins", clients.joins.joins(), with.max_joins},
    {"inboxes", clients.waiting_bytes.load(std::memory_order_relaxed), clients.max_waiting_bytes},
  };
}

} // namespace

observer_program observed_program(application& app, const settings& with, std::function<void()> drain,
                                  std::shared_ptr<observed_faults> faults) {
  observer_program result;
  result.version = BENNU_VERSION;
  result.process_id = ::getpid();
  result.dev_mode = app.is_in_dev_mode();
  result.root = [&app] { return app.root(); };
  result.usage = usage_of_process;
  result.limits = [&app, &with] { return limits_of(app, with); };
  result.is_draining = [&app] { return app.web().is_draining(); };
  result.drain = std::move(drain);
  result.audit = [](const std::string& line) { spdlog::info("{}", line); };
  result.cause = [faults](const fault& x) { return faults->cause(x); };
  result.pause = [faults](const caf::actor& whom, const std::string& who, std::chrono::milliseconds time) {
    return faults->pause(whom, who, time);
  };
  result.heal = [faults](uint64_t id) { return faults->heal(id); };
  result.faults = [faults] { return faults->list(); };
  result.is_cut = [faults](const std::string& peer) { return faults->is_cut(peer); };
  result.possible_faults = possible_faults();
  return result;
}

void copy_log_lines(std::shared_ptr<log_ring> to) {
  logging::copy_lines([to = std::move(to)](std::string_view level, std::string_view text) { to->add(level, text); });
}

} // namespace bennu::engine
