#pragma once

#include <atomic>
#include <chrono>
#include <random>
#include <vector>

#include <bennu/supervision/process.hpp>

namespace bennu::engine {

class http_service;
class unit_sockets;

/// What the drainer empties; outlives it.
struct drainer_services {
  http_service& service;
  std::vector<unit_sockets*> units;
  const std::atomic<size_t>& connections; ///< of the whole node, those that are not closed
};

/// Empties a server before it stops: first of all in the shutdown, since it was started last.
///
/// Takes no messages from outside. Started by the server's supervisor, `permanent`. Told to shut down it marks the
/// server as draining, asks clients to leave in batches (1012 of IANA's registry, "service restart": after it the
/// official client comes back), and ends when all are gone or the drain timeout is over; what is left then is closed
/// hard. Polls are answered at once; a client that polls has a second more to fetch its last messages. Source:
/// Phoenix.Socket's drainer, Plug's and Ranch's connection draining.
class drainer : public process {
public:
  drainer(caf::actor_config& config, drainer_services of);
  std::string label() const override { return "drainer"; }

protected:
  caf::behavior make_behavior() override;

private:
  void begin(caf::error why);
  void next_batch();
  bool everybody_left();

  const drainer_services of_;
  caf::error reason_;
  std::chrono::steady_clock::time_point deadline_;
  std::minstd_rand random_{std::random_device{}()}; ///< jitter between the batches
  int batches_without_connections_ = 0;
  bool begun_ = false;
};

} // namespace bennu::engine
