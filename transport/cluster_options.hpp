#pragma once

#include <chrono>
#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include <bennu/actors/link_options.hpp>

namespace bennu {

/// How a node meets the others.
struct cluster_options {
  /// Unique in the cluster, 1 to 64 letters, digits and any of `.-_@`. With certificates it is what the node's own says.
  std::string name;

  /// Only nodes with the same word here talk to each other. A program puts its own name.
  std::string application = "bennu";

  /// Where the others find this node, `HOST:PORT`; IPv6 in brackets; port 0: any free one. Loopback: a node that is reachable by
  /// others is a decision.
  std::string listen = "127.0.0.1:0";

  /// Nodes to begin with, `HOST:PORT`. One that knows the others is enough. A name is resolved at each attempt, to all its addresses.
  std::vector<std::string> peers{};

  /// Files in PEM: this node's certificate (with its chain), its key, and the authority that all nodes' certificates come from.
  /// `bennu-node certs` makes them.
  std::string certificate{};
  std::string key{};
  std::string authority{};

  /// Without certificates: everybody on this machine can then take the node over, so loopback addresses alone are allowed.
  bool is_insecure = false;

  /// From the first byte until a node has proved who it is; then it is cut. A handshake takes milliseconds, a lost packet of it a second.
  std::chrono::milliseconds handshake_timeout{5000};

  /// Connections that have not proved who they are. One more pushes out the oldest: who is honest is long through.
  std::size_t max_pending = 64;

  /// The pause before a peer is dialled again: doubled each time, from a tenth of a second (a restart) to five (a night), with jitter
  /// so that nodes do not move in step.
  std::chrono::milliseconds first_redial{100};
  std::chrono::milliseconds last_redial{5000};

  /// A node that was not connected for so long is forgotten: it is dialled no more unless it is among `peers`, and what is shown and
  /// counted of it ends. When it comes back it finds the others by its own `peers`, and is known again.
  /// 1 min: longer than a restart, short enough that replaced containers do not pile up.
  std::chrono::milliseconds forget_after{std::chrono::minutes{1}};

  /// How long before a certificate of the cluster expires there is a warning.
  /// 30 days: time for a ticket, an approval and a holiday.
  std::chrono::hours warn_before_expiry{30 * 24};

  link_options link{};
};

/// @throws std::runtime_error that says what is wrong and what to do.
void check(const cluster_options& options);

/// Whether a node may have this name: 1 to 64 letters, digits and any of `.-_@`.
bool is_node_name(std::string_view name) noexcept;

/// @throws std::runtime_error when it is not one, with what is allowed
void check_node_name(const std::string& name);

/// An address in two.
struct host_and_port {
  std::string host;
  std::string port;
};

/// `10.0.0.1:4444`, `node.example:4444`, `[::1]:4444`.
/// @throws std::runtime_error when it is not of that form.
host_and_port split_address(const std::string& text);

std::string join_address(const std::string& host, const std::string& port);

} // namespace bennu
