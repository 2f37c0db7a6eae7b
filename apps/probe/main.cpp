#include <chrono>
#include <string>
#include <utility>

#include "apps/probe/probe_channels.hpp"
#include <bennu/actors/endpoint.hpp>
#include <bennu/transport/application.hpp>

namespace bennu::probe {

namespace {

/// The endpoint of the probe. Its channels behave as Phoenix's do: the client of a channel that crashes is told at
/// once, and the channel does not restart. Only `repaired:*` restarts in place, for a benchmark.
endpoint probe_endpoint(std::string path, socket_options options) {
  const channel_options strict_phoenix{.restart_as = restart::temporary};
  const auto with_history = [&strict_phoenix](history bounds) {
    auto result = strict_phoenix;
    result.history = bounds;
    return result;
  };
  return endpoint{std::move(path)}
    .serve<probe_socket>(std::move(options))
    .channel<room_channel>("room:*", strict_phoenix)
    .channel<echo_channel>("echo:*", strict_phoenix)
    .channel<presence_channel>("presence:*", strict_phoenix)
    .channel<bench_channel>("bench:*", strict_phoenix)
    .channel<repaired_channel>("repaired:*")
    .channel<log_channel>("log:*", with_history({}))
    .channel<log_channel>("logshort:*", with_history({.messages = 10, .age = std::chrono::seconds{2}}));
}

// Other people's pages talk to it.
socket_options open_options() {
  socket_options result;
  result.allowed_origins = {"*"};
  return result;
}

socket_options strict_options() {
  socket_options result;
  result.max_channels = 1;
  result.idle_timeout = std::chrono::seconds{1};
  result.allowed_origins = {"//example.com"};
  return result;
}

} // namespace

} // namespace bennu::probe

int main(int count, char** arguments) {
  bennu::program what{.name = "bennu-probe",
                      .about = "The sockets and channels that protocol tests and benchmarks talk to.",
                      .examples = "  bennu-probe --port 0\n  bennu-probe --port 4001 --threads 1"};
  what.defaults.name = "probe";
  bennu::application app{std::move(what), count, arguments};
  app.serve(bennu::probe::probe_endpoint("/socket", bennu::probe::open_options()));
  app.serve(bennu::probe::probe_endpoint("/same_host", {}));
  app.serve(bennu::probe::probe_endpoint("/strict", bennu::probe::strict_options()));
  return app.run();
}
