#pragma once

#include <atomic>
#include <chrono>
#include <random>
#include <vector>

#include "supervision/process/numbers.hpp"
#include <bennu/supervision/process.hpp>

namespace bennu::engine {

class client_admission;
class http_service;
class longpoll;
class unit_sockets;

/// What the drainer empties. It outlives the drainer.
struct drainer_services {
  client_admission& admission;
  const http_service& service;
  const longpoll& polls;
  std::vector<unit_sockets*> units;
  const std::atomic<size_t>& connections; ///< how many connections of the whole node are open
};

/// Empties a server before it stops. It is the first child that stops, because it starts last.
///
/// It accepts no messages. The supervisor of the server starts it, `permanent`. When it is told to shut down, it
/// marks the server as draining, asks the clients in batches to leave (1012 of IANA's registry, "service restart",
/// after which the official client reconnects), and ends when all have left and the requests under way are answered, or
/// the drain timeout is over; then the remaining connections are closed. HTTP connections between two requests are
/// closed immediately, the others after their response (`Connection: close`). Polls are answered immediately, and a
/// polling client has one more second to fetch its last messages. Source: the drainer of Phoenix.Socket, and connection
/// draining in Plug and Ranch.
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
  std::minstd_rand random_{static_cast<uint32_t>(random_bits())}; ///< jitter between the batches
  int batches_without_connections_ = 0;
  bool begun_ = false;
};

} // namespace bennu::engine
