#include <cstdio>
#include <exception>

#include "apps/probe/bench_channel.hpp"
#include "apps/probe/echo_channel.hpp"
#include "apps/probe/presence_channel.hpp"
#include "apps/probe/probe_socket.hpp"
#include "apps/probe/repaired_channel.hpp"
#include "apps/probe/room_channel.hpp"
#include "apps/support/app_options.hpp"
#include "apps/support/application_of.hpp"
#include "apps/support/file_limit.hpp"
#include "apps/support/life.hpp"
#include "apps/support/logging.hpp"
#include "apps/support/metrics.hpp"
#include "apps/support/stop_signals.hpp"
#include <bennu/actors/endpoint.hpp>
#include <bennu/supervision/telemetry.hpp>
#include <bennu/transport/application.hpp>
#include <bennu/transport/health.hpp>

namespace bennu::probe {

namespace {

/// The probe contract's endpoint. Its channels are strict Phoenix: a crash is told at once and
/// nothing is restarted; but for the one that a benchmark has repaired.
endpoint probe_endpoint(std::string path, socket_options options) {
  const channel_options strict_phoenix{.restart_as = restart::temporary};
  return endpoint{std::move(path)}
    .serve<probe_socket>(std::move(options))
    .channel<room_channel>("room:*", strict_phoenix)
    .channel<echo_channel>("echo:*", strict_phoenix)
    .channel<presence_channel>("presence:*", strict_phoenix)
    .channel<bench_channel>("bench:*", strict_phoenix)
    .channel<repaired_channel>("repaired:*");
}

socket_options strict_options() {
  socket_options result;
  result.max_channels = 1;
  result.idle_timeout = std::chrono::seconds{1};
  result.allowed_origins = {"//example.com"};
  return result;
}

void serve(const app_options& wanted) {
  stop_signals signals;
  raise_file_limit();
  logging log{"bennu-probe", wanted.log_level};
  application app{application_of(wanted, "probe")};
  app.web().add(probe_endpoint("/socket", {}));
  app.web().add(probe_endpoint("/strict", strict_options()));
  app.web().add("GET", "/health", health_of(app));
  const metrics numbers{app.home()};
  app.web().add("GET", "/metrics",
                [&](const http_request&, const http_reply& reply) { reply(metrics_page(numbers.text())); });
  log_follower follower{telemetry::of(app.system())};
  app.start();
  live_until_stopped(signals, wanted, app);
  app.stop();
}

} // namespace

} // namespace bennu::probe

int main(int count, char** arguments) {
  bennu::app_options options;
  bennu::command_line line{"bennu-probe", "The sockets and channels that protocol tests and benchmarks talk to.",
                           "  bennu-probe --port 0\n  bennu-probe --port 4001 --threads 1", options};
  if (const auto status = line.parse(count, arguments))
    return static_cast<int>(*status);
  try {
    bennu::probe::serve(options);
    return 0;
  } catch (const std::exception& problem) {
    std::fprintf(stderr, "bennu-probe: %s\n", problem.what());
    return 1;
  }
}
