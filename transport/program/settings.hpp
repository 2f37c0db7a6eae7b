#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include <bennu/transport/application_options.hpp>
#include <bennu/transport/http.hpp>

namespace bennu::engine {

/// The settings that every program takes from its command line and configuration file. The program supplies the
/// defaults of numbers (`program::defaults`); `server_options`, `application_options` and `cluster_options` give the
/// reasons.
struct settings {
  explicit settings(const program& what);

  std::string bind;
  uint16_t port;

  /// Both or neither.
  std::string tls_cert;
  std::string tls_key;

  /// 0: none.
  uint16_t redirect_http = 0;

  std::vector<std::string> trust_proxy;
  std::vector<std::string> allow_origin;
  std::vector<std::string> proxy_protocol_from;
  std::vector<std::string> shared_addresses;
  size_t max_connections;
  size_t max_connections_per_address;
  size_t max_buffered_mib;
  size_t max_buffered_mib_per_address;
  size_t max_unread_mib;
  size_t max_unread_mib_per_address;
  size_t max_joins;
  long long keep_alive_seconds;
  int backlog;
  unsigned acceptors;
  size_t threads;

  /// Signs tokens that clients keep (of long-polling sessions). The file is created if it does not exist. All nodes
  /// of a cluster need the same one, so that a session is found through any of them. Empty: a new secret at every
  /// start.
  std::string secret_file;

  /// trace, debug, info, warning, error, critical or off. `info`: one line per event that operators want to know,
  /// none per message.
  std::string log_level = "info";

  /// text or json.
  std::string log_format = "text";

  /// Empty: standard error.
  std::string log_file;

  /// Who may read `/metrics`: addresses and ranges as in `trust_proxy`. Empty: this machine (see `metrics_access`).
  std::vector<std::string> metrics_from;

  /// A file with the token that readers of `/metrics` must send. Empty: none.
  std::string metrics_token_file;

  /// HOST:PORT of a port that serves nothing but `/metrics`, which the port for clients then does not. Empty: none.
  std::string metrics_listen;

  /// The URL of a collector of spans, see `trace_settings`. Empty: OpenTelemetry's environment variables say it, and
  /// without them no spans are recorded.
  std::string otlp_endpoint;

  /// How many of the traces that begin here are recorded; see `trace_options`.
  std::optional<double> trace_sample;

  /// Whether the contexts of clients only become links; see `trace_options`.
  bool trace_distrust = false;

  bool dev;
  long long drain_seconds;

  /// How the supervision tree is shown: `text` or `json`. Empty: not at the start, and as text at SIGUSR1.
  std::string tree;

  /// The path of the Unix socket at which tools of the same user ask, see `control_server`. Empty: none.
  std::string control;

  /// The file with the token of the observer's page, see `observer_service`. It is created if it does not exist. Empty:
  /// there is no page.
  std::string observer;

  /// The texts of `fault_rule`s; only in dev mode.
  std::vector<std::string> faults;

  /// The keys of the publish API, each with its topic patterns. Empty, and no file: there is no API.
  std::vector<std::string> api_keys;

  /// A file with such keys, one a line. Empty: none.
  std::string api_key_file;

  /// The path of the configuration file when it contains such keys. Empty: it contains none.
  std::string config_with_keys;

  std::string node;
  std::string cluster_listen;
  std::vector<std::string> peers;
  std::string cluster_cert;
  std::string cluster_key;
  std::string cluster_ca;
  bool cluster_insecure = false;
};

/// The cluster options of these settings; nothing without `--node`.
/// @param application nodes of other programs are refused
/// @throws std::runtime_error with what to do when the settings contradict each other
std::optional<cluster_options> cluster_of(const settings& from, const program& what);

/// The publish API of these settings; nothing when they have no key.
/// @throws std::runtime_error when the file of the keys cannot be read or everybody can read it, or a key is malformed
std::optional<publish_api> publish_api_of(const settings& from);

/// The options of the application.
/// @throws std::runtime_error like `cluster_of`
application_options application_of(const settings& from, const program& what, const std::string& secret);

} // namespace bennu::engine
