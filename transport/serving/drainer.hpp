#pragma once

#include <chrono>
#include <random>

#include <bennu/supervision/process.hpp>

namespace bennu {
class server;
} // namespace bennu

namespace bennu::engine {

/// Empties a server before it stops: first of all in the shutdown, since it was started last.
///
/// Takes no messages from outside. Started by the server's supervisor, `permanent`. Told to shut down it marks the server as draining, asks
/// clients to leave in batches (1012 of IANA's registry, "service restart": after it the official client comes back), and ends when all are gone or the drain
/// timeout is over; what is left then is closed hard. Polls are answered at once; a client that polls has a second more to fetch its
/// last messages. Source: Phoenix.Socket's drainer, Plug's and Ranch's connection draining.
class drainer : public process {
public:
  drainer(caf::actor_config& config, server& of);
  std::string label() const override { return "drainer"; }

protected:
  caf::behavior make_behavior() override;

private:
  void begin(caf::error why);
  void next_batch();
  bool everybody_left();

  server& server_;
  caf::error reason_;
  std::chrono::steady_clock::time_point deadline_;
  std::minstd_rand random_{std::random_device{}()}; ///< jitter between the batches
  int batches_without_connections_ = 0;
  bool begun_ = false;
};

} // namespace bennu::engine
