#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include <caf/fwd.hpp>

#include "actors/client/unit_services.hpp"
#include "actors/cluster/calls/node_calls.hpp"
#include "actors/cluster/link/link.hpp"
#include "transport/admission/client_admission.hpp"
#include "transport/http/service.hpp"
#include "transport/io/io_scheduler.hpp"
#include "transport/io/listener.hpp"
#include "transport/io/unit_sockets.hpp"
#include "transport/longpoll/longpoll.hpp"
#include "transport/serving/arrivals.hpp"
#include "transport/serving/web_site.hpp"
#include "transport/tls/context.hpp"
#include "transport/websocket/upgrade.hpp"
#include <bennu/supervision/child_spec.hpp>

namespace bennu::engine {

/// The parts of a node that its server uses. They outlive the server.
struct web_server_services {
  peer self; ///< this node, as other nodes know it
  node_calls& calls;
  client_services& clients;
  std::vector<unit_services*> units; ///< one for each unit of the scheduler, in order
};

/// The engine of `bennu::server`: binds its sockets and distributes the clients that they accept to the io units.
///
/// Create it before the supervision tree and destroy it after the tree. REQUIRES: the actor system runs on
/// `io_scheduler`.
/// Thread safety: `admission.is_draining`, `port` and `service.clients` from any thread; the rest before the tree
/// starts.
class web_server {
public:
  web_server(web_server_services services, server_options options);

  /// Closes the connections that are still open. REQUIRES: the supervision tree has stopped, the actor system still
  /// runs.
  ~web_server();

  void listen();
  uint16_t port() const noexcept { return sockets_.front()->port(); }
  uint16_t redirect_port() const noexcept { return redirecting_ ? redirecting_->port() : uint16_t{0}; }
  void reload_certificate();
  std::vector<child_spec> children();

  http_service service;
  client_admission admission;

private:
  child_spec listening(std::string name, std::shared_ptr<listening_socket> socket, bool is_secure,
                       std::function<void(int)> on_accept);
  void accepted(int fd);
  void accepted_for_redirect(int fd);
  void wake_next_unit();
  bool wake_again();
  void take_arrival(unit_sockets& home);
  void serve(unit_sockets& home, arrival client, std::string address);
  void turn_away(int fd, std::string_view answer, bool is_secure);
  void warn_of_few_descriptors() const;

  caf::actor_system& system_;
  const std::atomic<size_t>& connections_;
  io_scheduler& scheduler_;
  trusted_proxies load_balancers_; ///< peers whose connections begin with a PROXY header
  unit_sockets::budgets memory_;
  std::vector<std::unique_ptr<unit_sockets>> units_;
  websockets websockets_;
  std::unique_ptr<longpoll> polls_;
  std::unique_ptr<web_site> site_;
  std::unique_ptr<tls_context> tls_;
  std::vector<std::shared_ptr<listening_socket>> sockets_;
  std::shared_ptr<listening_socket> redirecting_;
  std::unique_ptr<http_service> redirects_;
  std::unique_ptr<http_site> redirecting_site_;
  std::unique_ptr<http_service> reserve_; ///< for clients beyond `max_connections`
  std::unique_ptr<http_site> reserve_site_;
  arrivals arrivals_;
  std::atomic<size_t> next_unit_{0};
};

} // namespace bennu::engine
