#pragma once

#include <chrono>
#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include <bennu/actors/link_options.hpp>

namespace bennu {

/// How a node connects to the others.
struct cluster_options {
  /// The name of this node, unique in the cluster: 1 to 64 letters, digits and any of `.-_@`. Its certificate must
  /// have this name.
  std::string name;

  /// Only nodes with the same text connect to each other. An `application` sets the name of its program.
  std::string application = "bennu";

  /// Where other nodes find this one, `HOST:PORT`; IPv6 in brackets; port 0 for any free port.
  /// Loopback: a node that others can reach should be a decision.
  std::string listen = "127.0.0.1:0";

  /// The nodes to connect to first, `HOST:PORT`. One that knows the others is enough. A name is resolved at each
  /// attempt, to all its addresses.
  std::vector<std::string> peers{};

  /// A file in PEM: the certificate of this node, with its chain. `bennu-node certs` creates the three files.
  std::string certificate{};

  /// A file in PEM: the key of the certificate.
  std::string key{};

  /// A file in PEM: the authority that has issued the certificates of all nodes.
  std::string authority{};

  /// Allows a cluster without certificates. Any program on this machine can then take over the node, so that only
  /// loopback addresses are allowed.
  bool is_insecure = false;

  /// How long another node may take to prove its identity, from its first byte.
  /// 5 s: a handshake takes milliseconds, or a second when a packet is lost.
  std::chrono::milliseconds handshake_timeout{5000};

  /// How many connections may be in their handshake. A further one replaces the oldest.
  /// 64: an honest node completes its handshake long before it becomes the oldest.
  size_t max_pending = 64;

  /// The pause before a peer is dialled again. It doubles from the first to the last value, with jitter, so that
  /// nodes do not dial in step.
  /// From 100 ms (a restart) to 5 s (a long failure).
  std::chrono::milliseconds first_redial{100};
  std::chrono::milliseconds last_redial{5000}; ///< the longest pause; see `first_redial`

  /// A node that has been disconnected for this long is forgotten: unless it is one of `peers` it is no longer
  /// dialled, and it disappears from metrics. When it returns it finds the others through its own `peers` and is
  /// known again.
  /// 1 min: longer than a restart, short enough that replaced containers do not accumulate.
  std::chrono::milliseconds forget_after{std::chrono::minutes{1}};

  /// How long before the expiry of a certificate of the cluster there is a warning.
  /// 30 days: enough for a ticket, an approval and a holiday.
  std::chrono::hours warn_before_expiry{30 * 24};

  link_options link{}; ///< heartbeats, and when another node counts as lost
};

/// Checks the options.
/// @throws std::runtime_error with what is wrong and what to do.
void check(const cluster_options& options);

/// Whether a node may have this name: 1 to 64 letters, digits and any of `.-_@`.
bool is_node_name(std::string_view name) noexcept;

/// @throws std::runtime_error with what is allowed when `name` is not allowed.
void check_node_name(const std::string& name);

/// The two parts of an address.
struct host_and_port {
  std::string host; ///< a name or an address; of IPv6 without the brackets
  std::string port; ///< a number as text
};

/// Splits `10.0.0.1:4444`, `node.example:4444` or `[::1]:4444`.
/// @throws std::runtime_error for any other form.
host_and_port split_address(const std::string& text);

/// The opposite of `split_address`.
std::string join_address(const std::string& host, const std::string& port);

} // namespace bennu
