#pragma once

#include <memory>
#include <string>
#include <vector>

#include "apps/bench/crowd.hpp"
#include "apps/bench/meter.hpp"
#include "apps/bench/options.hpp"

namespace bennu::bench {

/// What healthy clients measured in some time, in nanoseconds.
struct well_being {
  histogram answers;    ///< from a question to its answer
  histogram deliveries; ///< from the sending of a message to its arrival at one member of the room; empty on a probe

  void add(const well_being& x) {
    answers.add(x.answers);
    deliveries.add(x.deliveries);
  }
};

/// Clients that keep the rules, and talk to the server at a steady rate. When the server loses, repeats or reorders
/// something, or closes one of them, the poller throws `std::runtime_error`.
class healthy_clients {
public:
  virtual ~healthy_clients() = default;

  /// Begins to talk at `now`.
  virtual void begin(time_point now) = 0;

  /// Sends what is due at `now`.
  virtual void send_due(time_point now) = 0;

  /// Whether everything that was sent was answered and has arrived.
  virtual bool is_settled() const = 0;

  /// What was measured since the last call.
  virtual well_being take() = 0;

  virtual const std::vector<std::string>& topics() const = 0;

  /// How many of their requests were refused, and what the server said the last time. They try again.
  virtual size_t refused() const { return 0; }
  virtual std::string last_refusal() const { return {}; }
};

/// Clients of a probe: each sends pings on its own topic.
std::unique_ptr<healthy_clients> healthy_on_probe(poller& loop, const target& server, const options& how);

/// Clients of a chat: each has an account. Ten share a room; each asks twice per second who the members are, and
/// writes a message every three seconds, which all ten must hear once and in order.
/// @param tokens of `how.clients` accounts
std::unique_ptr<healthy_clients> healthy_on_chat(poller& loop, const target& server, const options& how,
                                                 std::vector<std::string> tokens);

/// Makes accounts on a chat, from so many addresses that it allows them, and returns their tokens.
/// @throws std::runtime_error when the chat refuses one.
std::vector<std::string> make_accounts(uint16_t port, size_t count);

} // namespace bennu::bench
