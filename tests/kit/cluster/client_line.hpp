#pragma once

#include <chrono>
#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "actors/client/connection.hpp"
#include "actors/client/session.hpp"
#include "tests/kit/cluster/official_client.hpp"
#include "tests/kit/simulation/simulator.hpp"
#include <bennu/actors/endpoint.hpp>

namespace bennu::engine {

class client_line;

/// The nodes to which clients connect.
class client_servers {
public:
  virtual ~client_servers() = default;

  virtual simulator& sim() noexcept = 0;

  /// The node that takes the next connection of a client that asks for `wanted` (empty: any); empty: there is none.
  virtual std::string choose(const std::string& wanted) = 0;

  /// Whether this node runs and accepts connections.
  virtual bool is_listening(const std::string& node) const = 0;

  virtual const endpoint& via(const std::string& node) = 0;

  /// A client has received what the protocol forbids.
  virtual void violated(const client_line& by, const std::string& what) = 0;
};

/// One client of a simulated cluster and its connection. What either side sends arrives in order, after a random
/// latency, unless the connection is lost meanwhile.
///
/// Thread safety: none.
class client_line : private client_surroundings {
public:
  client_line(client_servers& servers, std::string name, std::string wanted_node,
              std::map<std::string, std::string> params);
  ~client_line() override;

  official_client& client() noexcept { return client_; }
  const std::string& name() const noexcept { return name_; }

  /// The node with which it is connected or connecting; empty: none.
  const std::string& node() const noexcept { return node_; }

  /// The connection is reset: what is in flight is lost, and both sides notice.
  void reset();

  /// This node is about to disappear: only its client notices.
  void lose_server(const std::string& node);

  /// No node is paused any more: what waits for that arrives.
  void end_pauses();

  /// The node closes the connection with this code.
  void close_from_server(uint16_t code);

  /// For the tests of the kit: how often a message that a node sends arrives. Empty: once.
  static inline std::function<int(const received_message&)> planted_copies;

  /// The simulation is about to end.
  void drop();

private:
  class server_side;

  /// What travels in one direction.
  struct lane {
    std::deque<std::function<void()>> waiting;
    simulator::time_point last{};
  };

  void dial() override;
  void send(std::string text) override;
  void hang_up() override;
  void after(std::chrono::milliseconds time, std::function<void()> f) override;
  void note(const std::string& what) override;
  void violated(const std::string& what) override { servers_.violated(*this, what); }

  void lost_connection();
  void leave_server();
  void close_left();
  void accept();
  void refuse();
  void arrived(const std::string& text);
  void to_client(std::function<void()> what);
  void to_server(std::function<void()> what);
  void post(lane& on, const std::string& paused_with, std::function<void()> what);
  void pump(lane& on, const std::string& paused_with, uint64_t of_connection);
  void forget_connection();

  client_servers& servers_;
  const std::string name_;
  const std::string wanted_;
  const std::map<std::string, std::string> params_;
  official_client client_;
  std::string node_;
  uint64_t connection_ = 0; ///< the number of the present one: what belongs to another is void
  connection_ptr there_;
  caf::intrusive_ptr<server_side> session_;
  std::vector<connection_ptr> left_; ///< former connections whose nodes have not noticed yet
  lane up_;
  lane down_;
  std::vector<std::function<void()>> held_; ///< what waits for the end of a pause
};

} // namespace bennu::engine
