#pragma once

#include <cstdint>
#include <iosfwd>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "apps/support/exit_code.hpp"
#include <bennu/transport/cluster_options.hpp>

namespace CLI {
class App;
}

namespace bennu {

/// The options that every program takes, with the reason for each default.
struct app_options {
  /// Where to listen: an address, or `unix:PATH`. The loopback address: a program on a laptop is nobody else's business until
  /// somebody says so.
  std::string bind = "127.0.0.1";

  /// 4000, as in Phoenix. 0 takes any free port, which `ready PORT` tells.
  std::uint16_t port = 4000;

  /// PEM files of the server's certificate chain and key; both or none. With them the program speaks https and wss; SIGHUP reads them again.
  std::string tls_cert;
  std::string tls_key;

  /// With TLS: a port on which http is answered with the address in https. 0: none.
  std::uint16_t redirect_http = 0;

  /// Addresses and ranges of proxies that may say whom they speak for. None: everybody can write such a header.
  std::vector<std::string> trust_proxy;

  /// See `server_options`.
  std::size_t max_connections = 16'384;
  int backlog = 1024;
  unsigned acceptors = 1;

  /// How many io units to run; 0: one per core, more would only fight over them.
  unsigned threads = 0;

  /// File with the secret that signs what travels through clients' hands (tokens of long-polling sessions); made when it is not there. The
  /// nodes of a cluster need the same one, so that a session is found through any of them. Empty: a new secret at every start.
  std::string secret_file;

  /// trace, debug, info, warning, error, critical or off. `info`: one line for what an operator
  /// would want to know, none per message.
  std::string log_level = "info";

  /// Tells clients the text of crashes and lets them cause faults. Off: texts of exceptions may hold secrets.
  bool dev = false;

  /// How long SIGTERM may take until what is left of the clients is cut off: see `server_options::drain_timeout`. A second SIGTERM ends the
  /// program at once.
  unsigned drain_seconds = 10;

  /// Writes the supervision tree to standard error when the program is ready: `text` or `json`; empty: it does not. SIGUSR1 does so
  /// at any time, as JSON when that is what was asked for here.
  std::string tree;

  /// Faults to be caused on purpose: texts of `fault_rule`s, in dev mode alone.
  std::vector<std::string> faults;

  /// The node's name in a cluster; empty: a node by itself.
  std::string node;

  /// Where other nodes find this one. Port 0, any free one, does for a node that only dials.
  std::string cluster_listen = "127.0.0.1:0";

  /// Other nodes, `HOST:PORT`; one that is there is enough.
  std::vector<std::string> peers;

  /// What nodes know each other by, as `bennu-node certs` makes it.
  std::string cluster_cert;
  std::string cluster_key;
  std::string cluster_ca;

  /// No certificates, on loopback addresses alone.
  bool cluster_insecure = false;
};

/// What these options say of the cluster: nothing when there is no `--node`.
/// @param application nodes of other programs are refused
/// @throws std::runtime_error when they do not fit together, with what to do
std::optional<cluster_options> cluster_of(const app_options& options, const std::string& application);

/// The command line of a program: the common options, those that the program adds through `cli()`,
/// and a configuration file with the same names (`port = 4000`, one a line; TOML or INI).
///
/// The command line wins over the file. Thread safety: none; used in `main`.
class command_line {
public:
  /// @param program its name, e.g. `bennu-chat`
  /// @param about what it is, in one sentence
  /// @param examples lines of the `--help` that show how it is called
  command_line(std::string program, std::string about, std::string examples, app_options& into);
  ~command_line();
  command_line(const command_line&) = delete;
  command_line& operator=(const command_line&) = delete;

  /// For the program's own options.
  CLI::App& cli() noexcept { return *cli_; }

  /// Reads the arguments (the first is the program's own name) and the configuration file.
  /// @returns nothing when the program shall go on; else the status to exit with: `success` after
  /// `--help`, which went to `out`, or `wrong_usage` after one clear error, which went to `err`.
  std::optional<exit_code> parse(const std::vector<std::string>& arguments, std::ostream& out, std::ostream& err);

  /// The same for `main`, on standard output and standard error.
  std::optional<exit_code> parse(int count, char** arguments);

private:
  std::unique_ptr<CLI::App> cli_;
  app_options& options_;
};

} // namespace bennu
