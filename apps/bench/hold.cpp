#include <memory>
#include <stdexcept>

#include "apps/bench/command_line.hpp"
#include "apps/bench/crowd.hpp"

namespace bennu::bench {

figures hold(const target& server, const options& how) {
  if (server.pid == 0)
    throw std::runtime_error("hold reads the server's memory: pass --pid");
  const auto count = static_cast<double>(how.connections);
  const auto per_connection = [count](size_t more, size_t less) {
    return (static_cast<double>(more) - static_cast<double>(less)) / 1024 / count;
  };
  const auto name = "hold " + std::to_string(how.connections);

  const auto empty = resident_bytes(server.pid);
  poller loop;
  meter joining(server);
  auto clients =
    std::make_unique<crowd>(loop, server, how.connections, [](size_t i) { return "bench:" + std::to_string(i); });
  joining.stop();
  const auto full = settled_resident_bytes(server.pid);
  clients.reset();
  const auto left = settled_resident_bytes(server.pid);

  return {
    {name + ": resident memory per connection", per_connection(full, empty), "KiB"},
    {name + ": left per connection when all clients are gone", per_connection(left, empty), "KiB"},
    {name + ": server CPU per connect and join", joining.server_cpu_us() / count, "us"},
    {name + ": connects and joins", count / joining.seconds(), "1/s"},
  };
}

} // namespace bennu::bench
