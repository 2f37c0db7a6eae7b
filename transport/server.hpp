#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "transport/http/service.hpp"
#include "transport/io/io_scheduler.hpp"
#include "transport/io/listening_socket.hpp"
#include "transport/longpoll/longpoll.hpp"
#include "transport/serving/unit_sockets.hpp"
#include "transport/tls/context.hpp"
#include <bennu/actors/node.hpp>
#include <bennu/supervision/child_spec.hpp>

namespace bennu::engine {
class drainer;
} // namespace bennu::engine

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

  engine::http_service& service() noexcept { return service_; }

  /// Reads the certificate and binds the sockets; clients queue in the kernel until the tree runs.
  /// @throws std::runtime_error naming the file, or address, port and reason.
  void listen();

  /// REQUIRES: `listen` was called.
  uint16_t port() const noexcept { return sockets_.front()->port(); }

  /// The port that redirects to https; 0: none does.
  uint16_t redirect_port() const noexcept { return redirecting_ ? redirecting_->port() : uint16_t{0}; }

  /// Reads the files of the certificate again; connections go on. Nothing happens without TLS. Any thread.
  /// @throws std::runtime_error naming the file and what is wrong with it; then the former certificate stays.
  void reload_certificate();

  size_t clients() const noexcept { return service_.clients.now(); }

  /// True once the server is told to stop: load balancers should look elsewhere.
  bool draining() const noexcept { return service_.draining; }

  /// The listener and, after it, the drainer: in a supervisor they stop in the reverse order, so that clients are asked to leave
  /// while everything else still works.
  std::vector<child_spec> children();

private:
  friend class engine::drainer;

  child_spec listening(std::string name, size_t unit, std::shared_ptr<engine::listening_socket> socket,
                       std::function<void(int)> on_accept);
  void deal_out(int fd);
  void redirect(int fd);
  void serve(const engine::http_service& by, engine::unit_sockets& home, std::unique_ptr<engine::stream> client,
             engine::connection_slot slot);
  void refuse(int fd);

  node& home_;
  engine::io_scheduler& scheduler_;
  engine::http_service service_;
  std::vector<std::unique_ptr<engine::unit_sockets>> units_;
  std::unique_ptr<engine::longpoll> polls_;
  std::unique_ptr<engine::tls_context> tls_;
  std::vector<std::shared_ptr<engine::listening_socket>> sockets_;
  std::shared_ptr<engine::listening_socket> redirecting_;
  std::unique_ptr<engine::http_service> redirects_;
  std::unique_ptr<engine::http_service> refuses_; ///< those who are too many and speak TLS
  std::atomic<size_t> next_unit_{0};
};

} // namespace bennu
