#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <list>
#include <memory>
#include <set>
#include <string>
#include <thread>
#include <vector>

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/steady_timer.hpp>
#include <caf/fwd.hpp>

#include "actors/cluster/link/link_connection.hpp"
#include "transport/cluster/admission.hpp"
#include "transport/cluster/tls.hpp"
#include <bennu/transport/cluster_options.hpp>

namespace bennu::engine {

/// How one address of a dialled one answered.
struct dial_outcome {
  enum class kind : std::uint8_t { connected, present, self, refused, failed };

  std::string endpoint; ///< numeric
  kind what = kind::failed;
  std::string name{}; ///< of the node, where it is known: `connected`, `present` (there is a connection already)
  std::string why{};  ///< `refused`, `failed`
};

struct dial_report {
  std::string address; ///< as it was asked for
  std::vector<dial_outcome> outcomes;
};

/// The door of a node: accepts and dials connections, on a thread of its own, and hands out those that have proved who they are.
///
/// A connection has one deadline for TCP, TLS and the greetings, and is nothing to anybody before it has passed them all: what a stranger
/// does ends here. Emits `link.refused {} {address, name, why}` and, when pending ones are pushed out, `limit.hit`.
///
/// Thread safety: any thread. To be stopped before the actor system goes.
class cluster_gate : public std::enable_shared_from_this<cluster_gate> {
public:
  struct handlers {
    std::function<void(link_connection_ptr)> opened;                             ///< a connection to hand over
    std::function<void(const std::string& name, std::uint64_t connection)> gone; ///< its scribe was destroyed
  };

  cluster_gate(caf::actor_system& system, const cluster_options& options, peer self, handlers to);
  ~cluster_gate();

  /// Binds the listening socket; nothing is accepted yet.
  /// @returns the port
  /// @throws std::runtime_error with the reason
  std::uint16_t bind();

  void start();

  /// Returns when the thread has ended. Nothing is handed out after it.
  void stop();

  /// Later connections use these certificates.
  void use(ssl_context tls);

  void accept(bool on);

  /// Resolves the address and dials all that it stands for, but for the endpoints in `skip`; `then` is called on the gate's thread.
  void dial(std::string address, std::set<std::string> skip, std::function<void(dial_report)> then);

  /// Connections under way.
  std::size_t pending() const noexcept { return pending_count_; }

private:
  friend class cluster_greeter;

  void accept_next();
  void accepted(boost::asio::ip::tcp::socket socket);
  void refused(const std::string& address, const std::string& name, const std::string& why);
  void connection_gone(const std::string& name, std::uint64_t connection);

  caf::actor_system& system_;
  const cluster_options options_;
  const handlers to_;
  std::atomic<std::size_t> pending_count_{0};
  boost::asio::io_context loop_{1}; // what waits in it goes with it, and knows what stands above
  boost::asio::ip::tcp::acceptor acceptor_{loop_};
  boost::asio::steady_timer accept_pause_{loop_};
  std::thread thread_;
  std::atomic<bool> is_stopped_{false};

  // The gate's thread alone.
  ssl_context tls_;
  cluster_admission admission_;
  bool is_accepting_ = false;
  bool is_waiting_ = false;
  std::uint64_t last_connection_ = 0;
  std::list<std::weak_ptr<class cluster_greeter>> strangers_; // accepted, oldest first
};

} // namespace bennu::engine
