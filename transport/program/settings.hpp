#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include <bennu/transport/application_options.hpp>

namespace bennu::engine {

/// What every program takes from its command line and configuration file. The defaults of a number come from the program
/// (`program::defaults`); the reasons stand in `server_options`, `application_options` and `cluster_options`.
struct settings {
  explicit settings(const program& what);

  std::string bind;
  std::uint16_t port;

  /// Both or none.
  std::string tls_cert;
  std::string tls_key;

  /// 0: none.
  std::uint16_t redirect_http = 0;

  std::vector<std::string> trust_proxy;
  std::size_t max_connections;
  int backlog;
  unsigned acceptors;
  std::size_t threads;

  /// Signs what travels through clients' hands (tokens of long-polling sessions); made when it is not there. The nodes of a cluster need
  /// the same one, so that a session is found through any of them. Empty: a new secret at every start.
  std::string secret_file;

  /// trace, debug, info, warning, error, critical or off. `info`: one line for what an operator would want to know, none per message.
  std::string log_level = "info";

  /// Empty: standard error.
  std::string log_file;

  bool dev;
  long long drain_seconds;

  /// How the supervision tree is shown, `text` or `json`; empty: not at the start, and as text at SIGUSR1.
  std::string tree;

  /// Texts of `fault_rule`s, in dev mode alone.
  std::vector<std::string> faults;

  std::string node;
  std::string cluster_listen;
  std::vector<std::string> peers;
  std::string cluster_cert;
  std::string cluster_key;
  std::string cluster_ca;
  bool cluster_insecure = false;
};

/// What these settings say of the cluster: nothing when there is no `--node`.
/// @param application nodes of other programs are refused
/// @throws std::runtime_error when they do not fit together, with what to do
std::optional<cluster_options> cluster_of(const settings& from, const program& what);

/// What the application is made from.
/// @throws std::runtime_error as `cluster_of`
application_options application_of(const settings& from, const program& what, const std::string& secret);

} // namespace bennu::engine
