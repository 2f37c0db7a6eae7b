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

/// An HTTP and WebSocket server on one address. Most programs use the one of an `application`.
///
///     server web{home, {.port = 4000}};
///     web.service().add(endpoint{"/socket"}.serve<user_socket>().channel<room_channel>("room:*"));
///     web.listen();
///     supervisor_spec root{one_for_one};
///     for (auto& child : web.children())
///       root.add(std::move(child));
///
/// Create it before the supervision tree and destroy it after the tree. REQUIRES: the actor system uses the io
/// scheduler.
/// Thread safety: `draining`, `port`, `clients` and `reload_certificate` may be called on any thread, the rest only
/// before the tree starts.
class server {
public:
  server(node& home, server_options options);

  /// Closes the connections that are still open. REQUIRES: the supervision tree has stopped; the actor system still
  /// runs.
  ~server();

  /// Takes endpoints, routes and the fallback. REQUIRES: nothing is added after the tree has started.
  engine::http_service& service() noexcept { return service_; }

  /// Reads the certificate and binds the sockets. Until the tree runs, clients wait in the queue of the kernel.
  /// @throws std::runtime_error with the file, or with address, port and reason.
  void listen();

  /// The TCP port on which the server listens. REQUIRES: `listen` was called.
  uint16_t port() const noexcept { return sockets_.front()->port(); }

  /// The port that redirects to https; 0 when there is none.
  uint16_t redirect_port() const noexcept { return redirecting_ ? redirecting_->port() : uint16_t{0}; }

  /// Reads the files of the certificate again. Open connections are not affected. Does nothing without TLS.
  /// @throws std::runtime_error with the file and the problem; the server then keeps the current certificate.
  void reload_certificate();

  /// How many clients are connected now.
  size_t clients() const noexcept { return service_.clients.now(); }

  /// Whether the server has begun to stop. Load balancers should then choose another node.
  bool draining() const noexcept { return service_.draining; }

  /// The children for the supervision tree: the listener, then the drainer. A supervisor stops them in reverse order,
  /// so that clients are asked to leave while everything else still works.
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
  std::unique_ptr<engine::http_service> refuses_; ///< answers 503 over TLS to connections above the limit
  std::atomic<size_t> next_unit_{0};
};

} // namespace bennu
