#pragma once

#include <functional>
#include <memory>
#include <string>

#include <caf/fwd.hpp>

#include <bennu/supervision/child_spec.hpp>
#include <bennu/transport/cluster_options.hpp>

namespace bennu::engine {
class cluster_gate;
class cluster_link;
class links;
struct peer;
} // namespace bennu::engine

namespace bennu {

/// Prepares the configuration of an actor system that a `cluster` will use. Opens no port. REQUIRES: the system does
/// not exist yet.
void load_cluster(caf::actor_system_config& config);

/// A node's part of a cluster. It connects the node to the other nodes.
///
///     bennu::load_cluster(config);                  // before the actor system is created
///     bennu::cluster part{system, {.name = "a", .peers = {"10.0.0.2:4444"}, …}};
///     part.listen();                                // throws when the address is in use
///     root.add(part.supervised());
///
/// An `application` does all of this when its options contain a cluster.
///
/// When another node ends or cannot be reached for `link_options::timing`, its session ends: pubsub publishes
/// `nodedown`, and its presences and global names disappear as their classes document. This node dials it again until
/// it returns.
///
/// It watches its certificates. Each of these telemetry events is emitted once: `cluster.certificate_expires {days}
/// {node}` (see `cluster_options::warn_before_expiry`), `cluster.certificate_expired {} {node, why}`,
/// `cluster.certificate_good {} {node}`.
///
/// It must outlive the supervision tree, and be destroyed before the actor system.
/// Thread safety: only the thread that created it uses it, except `link` and `reload_certificates`.
class cluster {
public:
  /// @throws std::runtime_error with what to do when the options or the certificates are not usable.
  cluster(caf::actor_system& system, cluster_options options);
  ~cluster();

  /// Binds the listening socket.
  /// @throws std::runtime_error with the reason.
  void listen();

  /// Where the others find this node. REQUIRES: `listen` has returned.
  const std::string& address() const noexcept { return address_; }
  uint16_t port() const noexcept { return port_; } ///< the port of `address`

  /// The part as one child of a supervision tree: a supervisor (rest_for_one) over identity, listener, membership,
  /// and the links, one for each peer.
  child_spec supervised();

  /// Reads the certificate, the key and the authority again, for example after a renewal. New connections use them;
  /// existing ones stay. When it throws, nothing changes.
  /// @throws std::runtime_error with the file and the reason. Thread safety: any thread may call it.
  void reload_certificates();

  /// For Bennu's engines: the links to the other nodes.
  engine::cluster_link& link() noexcept;
  const engine::peer& self() const noexcept { return *self_; } ///< for Bennu's engines: the identity of this node

  /// For Bennu's engines: calls `f` on the thread that opens the links. Thread safety: any thread.
  void post(std::function<void()> f);

private:
  caf::actor_system& system_;
  const cluster_options options_;
  const std::unique_ptr<const engine::peer> self_;
  std::shared_ptr<engine::links> links_; // shared with connections that are being closed
  std::shared_ptr<engine::cluster_gate> gate_;
  std::string address_;
  uint16_t port_ = 0;
};

} // namespace bennu
