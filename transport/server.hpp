#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "actors/node.hpp"
#include "supervision/child_spec.hpp"
#include "transport/http_service.hpp"
#include "transport/io_scheduler.hpp"
#include "transport/listening_socket.hpp"
#include "transport/longpoll.hpp"
#include "transport/unit_sockets.hpp"

namespace bennu {

/// An HTTP and WebSocket server on one address.
///
///     server web{node, {.port = 4000}};
///     web.service().add(endpoint{"/socket"}.serve<user_socket>().channel<room_channel>("room:*"));
///     web.listen();
///     supervisor_spec{…}.add(node.children()).add(web.children())
///
/// Made before the supervision tree and destroyed after it. REQUIRES: the actor system runs on `io_scheduler`.
/// Thread safety: `draining`, `port` and `clients` from any thread; the rest before the tree starts.
class server {
public:
  server(node& home, server_options options);

  /// Closes what is still open. REQUIRES: the supervision tree has stopped, the actor system still runs.
  ~server();

  http_service& service() noexcept { return service_; }

  /// Binds the socket; clients queue in the kernel until the tree runs.
  /// @throws std::runtime_error naming address, port and reason.
  void listen();

  /// REQUIRES: `listen` was called.
  uint16_t port() const noexcept { return socket_->port(); }

  size_t clients() const noexcept { return service_.clients.now(); }

  /// True once the server is told to stop: load balancers should look elsewhere.
  bool draining() const noexcept { return service_.draining; }

  /// The listener and, after it, the drainer: in a supervisor they stop in the reverse order, so that clients are asked to leave
  /// while everything else still works.
  std::vector<child_spec> children();

private:
  friend class drainer;

  void deal_out(int fd);
  void refuse(int fd);

  node& home_;
  io_scheduler& scheduler_;
  http_service service_;
  std::vector<std::unique_ptr<unit_sockets>> units_;
  std::unique_ptr<longpoll> polls_;
  std::shared_ptr<listening_socket> socket_;
  size_t next_unit_ = 0;
};

} // namespace bennu
