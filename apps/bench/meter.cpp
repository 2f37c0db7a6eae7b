#include "apps/bench/meter.hpp"

#include "apps/bench/process_stats.hpp"

namespace bennu::bench {

meter::meter(const target& server)
  : server_(server), begin_(std::chrono::steady_clock::now()),
    server_begin_(server.pid != 0 ? cpu_nanoseconds(server.pid) : 0), client_begin_(own_cpu_nanoseconds()) {}

void meter::stop() {
  const auto end = std::chrono::steady_clock::now();
  seconds_ = std::chrono::duration<double>(end - begin_).count();
  client_us_ = static_cast<double>(own_cpu_nanoseconds() - client_begin_) / 1e3;
  if (server_.pid != 0)
    server_us_ = static_cast<double>(cpu_nanoseconds(server_.pid) - server_begin_) / 1e3;
}

} // namespace bennu::bench
