#pragma once

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

/// Prepares the configuration of an actor system that a `cluster` will use; to be called before the system is made. By itself it
/// opens no port.
void load_cluster(caf::actor_system_config& config);

/// A node's part in a cluster: meets the other nodes, and is the `cluster_link` to them.
///
///     bennu::load_cluster(config);                  // before the actor system is made
///     bennu::cluster part{system, {.name = "a", .peers = {"10.0.0.2:4444"}, …}};
///     part.listen();                                // throws when the address is taken
///     root.add(part.supervised());
///
/// An `application` does all of this when its options name a cluster.
///
/// Outlives the tree; to be destroyed before the actor system.
///
/// It watches its certificates, and emits each of these once when it begins: `cluster.certificate_expires {days} {node}` (see
/// `cluster_options::warn_before_expiry`), `cluster.certificate_expired {} {node, why}`, `cluster.certificate_good {} {node}`.
///
/// Thread safety: for the thread that made it, but for `link()` and `reload_certificates()`.
class cluster {
public:
  /// @throws std::runtime_error when the options or the certificates are not fit, with what to do
  cluster(caf::actor_system& system, cluster_options options);
  ~cluster();

  /// Binds the listening socket. @throws std::runtime_error with the reason
  void listen();

  /// Where the others find this node. REQUIRES: `listen` returned
  const std::string& address() const noexcept { return address_; }
  std::uint16_t port() const noexcept { return port_; }

  /// One supervisor (rest_for_one): identity, listener, membership, and the links, one for each peer.
  child_spec supervised();

  /// Reads the certificate, the key and the authority again, as after their renewal. Connections that are made from now on use them; those
  /// that there are stay. Nothing changes when it throws.
  ///
  /// Thread safety: any thread.
  /// @throws std::runtime_error with the file and the reason when they are not fit
  void reload_certificates();

  /// For Bennu's own parts: the connections to the other nodes, and how those know this one.
  engine::cluster_link& link() noexcept;
  const engine::peer& self() const noexcept { return *self_; }

private:
  caf::actor_system& system_;
  const cluster_options options_;
  const std::unique_ptr<const engine::peer> self_;
  std::shared_ptr<engine::links> links_; // shared with connections that are being closed
  std::shared_ptr<engine::cluster_gate> gate_;
  std::string address_;
  std::uint16_t port_ = 0;
};

} // namespace bennu
