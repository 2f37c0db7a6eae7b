#pragma once

#include <chrono>
#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <caf/actor_system.hpp>

#include <bennu/actors/node.hpp>
#include <bennu/supervision/config.hpp>
#include <bennu/supervision/supervisor.hpp>
#include <bennu/transport/cluster.hpp>
#include <bennu/transport/server.hpp>

namespace bennu {

/// Everything that a program decides before it starts.
struct application_options {
  /// Name of this node, in logs and `/health`.
  std::string name = "bennu";

  /// Io units, one thread each; 0: one per core.
  size_t threads = 0;

  /// Crash texts reach the clients, faults may be injected. Never in production.
  bool dev_mode = false;

  /// A handler that keeps an io unit for longer is reported (`handler.slow`); 0: none is.
  std::chrono::milliseconds slow_handler{100};

  server_options web{};

  /// Unset: a node by itself. Set: it meets the others, and `name` is what this says.
  std::optional<cluster_options> cluster{};

  /// The same on every node of a cluster.
  presence_options presence{};
};

/// A whole program: actor system, node, server and the supervision tree over them.
///
///     bennu::application app{{.web = {.port = 4000}}};
///     app.web().add(bennu::endpoint{"/socket"}.serve<user_socket>().channel<room_channel>("room:*"));
///     app.start();                 // throws when the port is taken
///     …                            // wait for a signal
///     app.stop();                  // drains, stops the tree in reverse order
///
/// Thread safety: for the thread that made it, but for what its parts allow.
class application {
public:
  explicit application(application_options options);
  ~application();

  caf::actor_system& system() noexcept { return *system_; }
  node& home() noexcept { return *home_; }
  server& web() noexcept { return *web_; }

  /// The node's part in its cluster; null for a node by itself.
  cluster* part() noexcept { return part_.get(); }

  /// Adds a child of the application's own (stores, limiters, games), between pubsub and the server: it is there before the first
  /// client and until after the last. To be called before `start`.
  void supervise(child_spec child);

  /// Binds the ports and starts the tree; returns when every child is ready.
  /// @throws std::runtime_error when the port cannot be bound or a child does not start, with the reason.
  void start();

  /// The root of the supervision tree. REQUIRES: `start` returned, `stop` was not called.
  const caf::actor& root() const noexcept { return tree_->root(); }

  /// Drains and stops. Returns when the tree is down. Idempotent.
  void stop();

private:
  std::unique_ptr<config> config_;
  std::unique_ptr<caf::actor_system> system_;
  std::unique_ptr<cluster> part_;
  std::unique_ptr<node> home_;
  std::unique_ptr<server> web_;
  std::vector<child_spec> own_children_;
  std::optional<supervision_tree> tree_;
};

} // namespace bennu
