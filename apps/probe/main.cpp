#include <csignal>
#include <cstdio>
#include <exception>

#include <sys/resource.h>

#include <CLI/CLI.hpp>

#include "actors/endpoint.hpp"
#include "apps/probe/bench_channel.hpp"
#include "apps/probe/echo_channel.hpp"
#include "apps/probe/probe_socket.hpp"
#include "apps/probe/room_channel.hpp"
#include "transport/application.hpp"

namespace bennu::probe {

namespace {

/// The probe contract's endpoint. Its channels are strict Phoenix: a crash is told at once and
/// nothing is restarted.
endpoint probe_endpoint(std::string path, socket_options options) {
  const channel_options strict_phoenix{.restart_as = restart::temporary};
  return endpoint{std::move(path)}
    .serve<probe_socket>(std::move(options))
    .channel<room_channel>("room:*", strict_phoenix)
    .channel<echo_channel>("echo:*", strict_phoenix)
    .channel<bench_channel>("bench:*", strict_phoenix);
}

socket_options strict_options() {
  socket_options result;
  result.max_channels = 1;
  result.idle_timeout = std::chrono::seconds{1};
  result.allowed_origins = {"//example.com"};
  return result;
}

/// Threads inherit the mask: call it before any is started.
sigset_t block_stop_signals() {
  sigset_t signals;
  sigemptyset(&signals);
  sigaddset(&signals, SIGTERM);
  sigaddset(&signals, SIGINT);
  pthread_sigmask(SIG_BLOCK, &signals, nullptr);
  return signals;
}

void raise_file_limit() {
  rlimit files{};
  ::getrlimit(RLIMIT_NOFILE, &files);
  files.rlim_cur = files.rlim_max;
  ::setrlimit(RLIMIT_NOFILE, &files);
}

void serve(application_options options) {
  const auto signals = block_stop_signals();
  raise_file_limit();
  application app{std::move(options)};
  app.web().service().add(probe_endpoint("/socket", {}));
  app.web().service().add(probe_endpoint("/strict", strict_options()));
  app.start();
  std::printf("ready %u\n", static_cast<unsigned>(app.web().port()));
  std::fflush(stdout);
  int signal = 0;
  sigwait(&signals, &signal);
  // A second signal ends the program at once, in the default way.
  pthread_sigmask(SIG_UNBLOCK, &signals, nullptr);
  app.stop();
}

} // namespace

} // namespace bennu::probe

int main(int count, char** arguments) {
  CLI::App cli{"bennu-probe: the sockets and channels that protocol tests and benchmarks talk to"};
  bennu::application_options options;
  options.name = "probe";
  cli.set_config("--config", "", "read options from this file (INI or TOML)");
  cli.add_option("--port", options.web.port, "TCP port; 0: any free one, told by `ready PORT`")
    ->capture_default_str();
  cli.add_option("--bind", options.web.bind, "address to listen at")->capture_default_str();
  cli.add_option("--threads", options.threads, "io units; 0: one per core")
    ->capture_default_str()
    ->check(CLI::Range(0, 256));
  CLI11_PARSE(cli, count, arguments);
  try {
    bennu::probe::serve(std::move(options));
    return 0;
  } catch (const std::exception& problem) {
    std::fprintf(stderr, "bennu-probe: %s\n", problem.what());
    return 1;
  }
}
