#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include <caf/fwd.hpp>

#include "actors/client/unit_services.hpp"
#include "actors/cluster/calls/node_calls.hpp"
#include "actors/cluster/link/link.hpp"
#include "transport/http/service.hpp"
#include "transport/io/io_scheduler.hpp"
#include "transport/io/listening_socket.hpp"
#include "transport/longpoll/longpoll.hpp"
#include "transport/serving/unit_sockets.hpp"
#include "transport/tls/context.hpp"
#include <bennu/supervision/child_spec.hpp>

namespace bennu::engine {

/// What a server uses of its node; outlives it.
struct web_server_services {
  peer self; ///< this node, as other nodes know it
  node_calls& calls;
  client_services& clients;
  std::vector<unit_services*> units; ///< one for each unit of the scheduler, in order
};

/// The engine of `bennu::server`: binds its sockets and deals the clients that they accept out to the io units.
///
/// Made before the supervision tree and destroyed after it. REQUIRES: the actor system runs on `io_scheduler`.
/// Thread safety: `service.draining`, `port` and `service.clients` from any thread; the rest before the tree starts.
class web_server {
public:
  web_server(web_server_services services, server_options options);

  /// Closes what is still open. REQUIRES: the supervision tree has stopped, the actor system still runs.
  ~web_server();

  void listen();
  uint16_t port() const noexcept { return sockets_.front()->port(); }
  uint16_t redirect_port() const noexcept { return redirecting_ ? redirecting_->port() : uint16_t{0}; }
  void reload_certificate();
  std::vector<child_spec> children();

  http_service service;

private:
  child_spec listening(std::string name, size_t unit, std::shared_ptr<listening_socket> socket,
                       std::function<void(int)> on_accept);
  void deal_out(int fd);
  void redirect(int fd);
  void serve(const http_service& by, unit_sockets& home, std::unique_ptr<stream> client, connection_slot slot);
  void refuse(int fd);

  caf::actor_system& system_;
  const std::atomic<size_t>& connections_;
  io_scheduler& scheduler_;
  std::vector<std::unique_ptr<unit_sockets>> units_;
  std::unique_ptr<longpoll> polls_;
  std::unique_ptr<tls_context> tls_;
  std::vector<std::shared_ptr<listening_socket>> sockets_;
  std::shared_ptr<listening_socket> redirecting_;
  std::unique_ptr<http_service> redirects_;
  std::unique_ptr<http_service> refuses_; ///< those who are too many and speak TLS
  std::atomic<size_t> next_unit_{0};
};

} // namespace bennu::engine
