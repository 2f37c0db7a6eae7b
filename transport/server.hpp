#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include <bennu/actors/endpoint.hpp>
#include <bennu/actors/node.hpp>
#include <bennu/supervision/child_spec.hpp>
#include <bennu/transport/http.hpp>
#include <bennu/transport/server_options.hpp>

namespace bennu::engine {
class web_server;
} // namespace bennu::engine

namespace bennu {

/// An HTTP and WebSocket server on one address. Most programs use the one of an `application`.
///
///     server web{home, {.port = 4000}};
///     web.add(endpoint{"/socket"}.serve<user_socket>().channel<room_channel>("room:*"));
///     web.listen();
///     supervisor_spec root{one_for_one};
///     for (auto& child : web.children())
///       root.add(std::move(child));
///
/// Create it before the supervision tree and destroy it after the tree. REQUIRES: the actor system uses the io
/// scheduler.
/// Thread safety: `is_draining`, `port`, `clients` and `reload_certificate` may be called on any thread, the rest only
/// before the tree starts.
class server {
public:
  /// @throws std::invalid_argument when an entry of `options.trusted` is neither an address nor a range.
  server(node& home, server_options options);

  /// Closes the connections that are still open. REQUIRES: the supervision tree has stopped; the actor system still
  /// runs.
  ~server();

  // Each of the following throws std::logic_error when its place is taken.

  /// Serves an endpoint: its `…/websocket`, and its `…/longpoll` when its options say so.
  server& add(endpoint x);

  /// Serves one path (exactly this one) with `handler`; a GET route answers HEAD too. Another method gets 405 with
  /// `Allow`.
  server& add(std::string method, std::string path, http_handler handler, route_options limits = {});

  /// Gives the server's own errors at this path and below it another form than plain text, so that all errors of an API
  /// look alike. It also answers 404 there for what has no route, before any fallback. Requests that are refused before
  /// their path is known (429 and 503 to a client without a place) are answered without a body.
  server& add_errors(std::string path, http_error_form form);

  /// Whether this method and this path have a handler.
  bool has(std::string_view method, std::string_view path) const noexcept;

  /// Whether an endpoint has a route for this topic, that of a pattern `*` not counted.
  bool has_channel(std::string_view topic) const noexcept;

  /// Serves the paths that have no route and no endpoint; without it they are answered 404.
  server& add_fallback(http_handler handler, route_options limits = {});

  /// Reads the certificate and binds the sockets. Until the tree runs, clients wait in the queue of the kernel.
  /// @throws std::runtime_error with the file, or with address, port and reason; std::invalid_argument for several
  /// acceptors of a Unix socket.
  void listen();

  /// The TCP port on which the server listens. REQUIRES: `listen` was called.
  uint16_t port() const noexcept;

  /// The port that redirects to https; 0 when there is none.
  uint16_t redirect_port() const noexcept;

  /// Reads the files of the certificate again. Open connections are not affected. Does nothing without TLS.
  /// @throws std::runtime_error with the file and the problem; the server then keeps the current certificate.
  void reload_certificate();

  /// How many clients are connected now.
  size_t clients() const noexcept;

  /// Whether the server has begun to stop. Load balancers should then choose another node.
  bool is_draining() const noexcept;

  /// The children for the supervision tree: the listener, then the drainer. A supervisor stops them in reverse order,
  /// so that clients are asked to leave while everything else still works.
  std::vector<child_spec> children();

private:
  node& home_;
  std::unique_ptr<engine::web_server> engine_;
};

} // namespace bennu
