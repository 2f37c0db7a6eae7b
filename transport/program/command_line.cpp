#include "transport/program/command_line.hpp"

#include <cstdint>
#include <iostream>
#include <stdexcept>

#include <CLI/CLI.hpp>
#include <arpa/inet.h>

#include "transport/http/peer_address.hpp"
#include "transport/http/uri.hpp"
#include "transport/program/files.hpp"
#include "transport/program/trace_settings.hpp"
#include <bennu/supervision/fault.hpp>

namespace bennu::engine {

namespace {

const std::vector<std::string> levels = {"trace", "debug", "info", "warning", "error", "critical", "off"};

void add_cluster_options(CLI::App& cli, settings& into) {
  const auto group = "Cluster: several nodes as one";
  cli.add_option("--node", into.node, "unique name of this node; makes it part of a cluster")->group(group);
  cli.add_option("--cluster-listen", into.cluster_listen, "HOST:PORT at which other nodes connect")
    ->group(group)
    ->capture_default_str();
  cli.add_option("--peer", into.peers, "HOST:PORT of another node, which names the rest; may be given several times")
    ->group(group)
    ->expected(1)
    ->multi_option_policy(CLI::MultiOptionPolicy::TakeAll);
  cli.add_option("--cluster-cert", into.cluster_cert, "this node's certificate (PEM); bennu-node certs makes one")
    ->group(group);
  cli.add_option("--cluster-key", into.cluster_key, "key of that certificate (PEM)")->group(group);
  cli.add_option("--cluster-ca", into.cluster_ca, "certificate authority of all nodes (PEM)")->group(group);
  cli
    .add_flag("--cluster-insecure", into.cluster_insecure,
              "cluster without certificates, on loopback addresses only, for trying it out")
    ->group(group);
}

// The problem of a --bind value, or nothing.
std::string bind_problem(const std::string& x) {
  in6_addr ignored;
  const bool good = ::inet_pton(AF_INET, x.c_str(), &ignored) == 1 || ::inet_pton(AF_INET6, x.c_str(), &ignored) == 1
                    || (x.starts_with("unix:") && x.size() > 5);
  return good ? std::string{} : x + " is neither a numeric address nor unix:PATH";
}

// The problem of an address or a range, or nothing.
std::string range_problem(const std::string& text) {
  try {
    const trusted_proxies tried{{text}};
    return {};
  } catch (const std::invalid_argument& why) {
    return why.what();
  }
}

// The problem of a rule for origins, or nothing.
std::string origin_problem(const std::string& text) {
  return is_origin_rule(text) ? std::string{}
                              : text + " is not //HOST, //*.DOMAIN, SCHEME://HOST, SCHEME://HOST:PORT, self or *";
}

std::string fault_rule_problem(const std::string& text) {
  try {
    fault_rule::parse(text);
    return {};
  } catch (const std::invalid_argument& why) {
    return why.what();
  }
}

void add_server_options(CLI::App& cli, settings& into) {
  cli.add_option("--port", into.port, "TCP port; 0: any free one")->capture_default_str();
  cli
    .add_option("--bind", into.bind,
                "address to listen on; 0.0.0.0: every address of this machine; unix:PATH: a Unix socket")
    ->check(CLI::Validator{bind_problem, "ADDRESS"})
    ->capture_default_str();
  auto* certificate = cli.add_option("--tls-cert", into.tls_cert, "PEM file with the certificate chain: https and wss")
                        ->check(CLI::ExistingFile);
  auto* key = cli.add_option("--tls-key", into.tls_key, "PEM file with its key; kill -HUP reads both again")
                ->check(CLI::ExistingFile)
                ->needs(certificate);
  certificate->needs(key);
  cli.add_option("--redirect-http", into.redirect_http, "port that redirects http to https")->needs(certificate);
  cli
    .add_option(
      "--trust-proxy", into.trust_proxy,
      "address, range (10.0.0.0/8) or `unix` of proxies whose X-Forwarded-* or Forwarded headers are trusted; "
      "such a proxy must not pass on X-Forwarded-Host as a client wrote it")
    ->check(CLI::Validator{range_problem, "RANGE"});
  cli
    .add_option("--allow-origin", into.allow_origin,
                "pages that may connect: //example.com, //*.example.com, https://example.com:8443, self (pages of this "
                "host: the default) or * (any); may be given several times")
    ->check(CLI::Validator{origin_problem, "ORIGIN"});
  cli
    .add_option("--proxy-protocol-from", into.proxy_protocol_from,
                "address or range of load balancers that begin each connection with a PROXY header")
    ->check(CLI::Validator{range_problem, "RANGE"});
  cli.add_option("--backlog", into.backlog, "clients that wait in the kernel to be accepted")
    ->check(CLI::Range(1, 65535))
    ->capture_default_str();
  cli.add_option("--acceptors", into.acceptors, "sockets that accept on the port (SO_REUSEPORT)")
    ->check(CLI::Range(1, 64))
    ->capture_default_str();
  cli.add_option("--keep-alive-seconds", into.keep_alive_seconds, "how long a connection may be idle between requests")
    ->check(CLI::Range(1, 3600))
    ->capture_default_str();
  cli.add_option("--threads", into.threads, "io units; 0: one per core")
    ->check(CLI::Range(0, 256))
    ->capture_default_str();
  cli
    .add_option("--secret-file", into.secret_file,
                "file with the secret that signs tokens; made at the first start; the same for all nodes of a cluster")
    ->capture_default_str();
  cli
    .add_option("--drain-seconds", into.drain_seconds,
                "how long clients and blocking work may take to end after SIGTERM")
    ->check(CLI::Range(0, 3600))
    ->capture_default_str();
}

void add_limit_options(CLI::App& cli, settings& into) {
  const auto group = "Limits";
  const auto number = [&](const char* name, auto& value, long long least, long long most, const char* help) {
    cli.add_option(name, value, help)->group(group)->check(CLI::Range(least, most))->capture_default_str();
  };
  number("--max-connections", into.max_connections, 1, 1'000'000, "clients at the same time; the next is answered 503");
  number("--max-connections-per-address", into.max_connections_per_address, 0, 1'000'000,
         "connections of one address (an IPv6 /64); the next is answered 429; 0: any number");
  cli
    .add_option("--shared-address", into.shared_addresses,
                "address or range behind which there are many clients: the limits of one address do not hold for it; "
                "replaces the default, this machine and private networks; may be given several times")
    ->group(group)
    ->check(CLI::Validator{range_problem, "RANGE"});
  number("--max-buffered-mib", into.max_buffered_mib, 1, 1'000'000,
         "memory for requests and messages that are not whole");
  number("--max-buffered-mib-per-address", into.max_buffered_mib_per_address, 0, 1'000'000,
         "the same for the clients of one address; 0: no limit");
  number("--max-unread-mib", into.max_unread_mib, 1, 1'000'000, "memory for messages that clients do not read");
  number("--max-unread-mib-per-address", into.max_unread_mib_per_address, 0, 1'000'000,
         "the same for the clients of one address; 0: no limit");
  number("--max-joins", into.max_joins, 1, 100'000'000, "channels that all clients together may have joined");
}

void add_watching_options(CLI::App& cli, settings& into) {
  cli.add_option("--log-level", into.log_level, "how much is logged")
    ->check(CLI::IsMember(levels))
    ->capture_default_str();
  cli.add_option("--log-format", into.log_format, "text for people, or json: an object per line for machines")
    ->check(CLI::IsMember({"text", "json"}))
    ->capture_default_str();
  cli.add_option("--log-file", into.log_file, "log file instead of standard error; kill -HUP reopens it");
  cli
    .add_option(
      "--metrics-from", into.metrics_from,
      "address, range or `unix` that may read /metrics; without it this machine alone, over TCP, at localhost "
      "or a loopback address, without a proxy; may be given several times")
    ->check(CLI::Validator{range_problem, "RANGE"});
  cli
    .add_option("--metrics-token-file", into.metrics_token_file,
                "file whose first line is the token that readers of /metrics must send (Authorization: Bearer); not "
                "readable for everybody")
    ->check(CLI::ExistingFile);
  cli.add_option("--metrics-listen", into.metrics_listen,
                 "HOST:PORT for /metrics alone, which the port for clients then does not serve");
  cli
    .add_option("--otlp-endpoint", into.otlp_endpoint,
                "URL of a collector that gets traces (OTLP/HTTP), such as http://127.0.0.1:4318; else "
                "OTEL_EXPORTER_OTLP_ENDPOINT; without both there are none")
    ->check(CLI::Validator{endpoint_problem, "URL"});
  cli
    .add_option("--trace-sample", into.trace_sample,
                "share of the traces that is recorded, from 0 to 1; a client's own decision comes first [1]")
    ->check(CLI::Range(0.0, 1.0));
  cli.add_flag("--trace-distrust", into.trace_distrust,
               "clients decide nothing about traces: theirs are only linked; for clients that nobody knows");
  cli.add_flag("--dev", into.dev,
               "send clients the texts of crashes, accept events that cause faults; not for production");
  cli.add_option("--control", into.control,
                 "path of a Unix socket for tools of the same user, such as bennu-node top, or chaos (with --dev)");
  cli.add_option("--observer", into.observer,
                 "file with the token of the page under /observer, which shows what the node does; made at the first "
                 "start");
  cli
    .add_option(
      "--tree", into.tree,
      "write the tree of supervised actors to standard error at the start, as text or json; kill -USR1 does so "
      "at any time")
    ->expected(0, 1)
    ->default_str("text")
    ->check(CLI::IsMember({"text", "json"}));
  cli
    .add_option("--fault", into.faults,
                "cause faults on purpose (with --dev; may be given several times), e.g. \"crash label=room_channel* "
                "event=new_msg probability=0.1 seed=7 times=3\"; or delay (time=MS), drop, refuse (a child's start), "
                "full_disk (label=log)")
    ->expected(1)
    ->multi_option_policy(CLI::MultiOptionPolicy::TakeAll)
    ->check(fault_rule_problem);
}

void add_publishing_options(CLI::App& cli, settings& into) {
  const auto group = "Publishing from other services";
  cli
    .add_option("--api-key", into.api_keys,
                "a key of the HTTP API for other services, or \"SECRET room:* ...\" for these topics alone; may be "
                "given several times; other users of this machine see a command line, but not the variable or the file")
    ->group(group)
    ->expected(1)
    ->multi_option_policy(CLI::MultiOptionPolicy::TakeAll)
    ->envname("BENNU_API_KEY");
  cli.add_option("--api-key-file", into.api_key_file, "file with such keys, one a line, which not everybody may read")
    ->group(group);
}

CLI::Option* add_own_option(CLI::App& cli, const option& own) {
  if (!own.name().starts_with("--"))
    throw std::invalid_argument("a program's own option: the name begins with --, unlike '" + own.name() + "'");
  if (own.what() == option::kind::flag)
    return cli.add_flag_function(
      own.name(), [own](int64_t times) { (void)own.take(times > 0 ? "true" : "false"); }, own.help());
  const auto take = [own](const CLI::results_t& texts) {
    for (auto& text : texts)
      if (const auto problem = own.take(text); !problem.empty())
        throw CLI::ValidationError(own.name(), problem);
    return true;
  };
  auto* result = cli.add_option(own.name(), take, own.help())->type_name("VALUE");
  if (own.what() == option::kind::many)
    return result->expected(1)->multi_option_policy(CLI::MultiOptionPolicy::TakeAll);
  return own.default_text().empty() ? result : result->default_str(own.default_text());
}

} // namespace

command_line::command_line(const program& what, settings& into)
  : cli_(std::make_unique<CLI::App>(what.about, what.name)), program_(what), settings_(into) {
  cli_->footer((what.examples.empty() ? "" : "Examples:\n" + what.examples + "\n\n")
               + "prints \"ready PORT\" on standard output when it accepts connections.");
  try {
    add_server_options(*cli_, into);
    add_limit_options(*cli_, into);
    add_watching_options(*cli_, into);
    add_publishing_options(*cli_, into);
    add_cluster_options(*cli_, into);
    for (auto& own : what.options)
      add_own_option(*cli_, own);
  } catch (const CLI::ConstructionError& problem) {
    throw std::invalid_argument("a program's own option: " + std::string{problem.what()});
  }
  cli_->set_config("--config", "", "file with the options above, one `name = value` per line (TOML)")
    ->check(CLI::ExistingFile);
  cli_->allow_config_extras(false);
  cli_->config_formatter(std::make_shared<config_file>(*cli_));
}

command_line::~command_line() = default;

std::optional<exit_code> command_line::parse(const std::vector<std::string>& arguments, std::ostream& out,
                                             std::ostream& err) {
  std::vector<std::string> reversed; // CLI11 takes the arguments in this order
  if (!arguments.empty())
    reversed.assign(arguments.rbegin(), arguments.rend() - 1);
  try {
    cli_->parse(std::move(reversed));
    cluster_of(settings_, program_);
    publish_api_of(settings_);
    traces_of(settings_, program_, process_environment());
    if (is_from_file(*cli_, "--api-key", arguments))
      settings_.config_with_keys = file_name(*cli_);
    if (!settings_.faults.empty() && !settings_.dev)
      throw std::runtime_error("--fault: faults on purpose are for development; give --dev too");
    return std::nullopt;
  } catch (const CLI::CallForHelp&) {
    out << cli_->help();
    return exit_code::success;
  } catch (const CLI::ParseError& problem) {
    err << cli_->get_name() << ": " << place_in_file(*cli_, problem.what(), arguments) << problem.what() << "\n("
        << cli_->get_name() << " --help tells what it takes)\n";
    return exit_code::wrong_usage;
  } catch (const std::runtime_error& problem) {
    err << cli_->get_name() << ": " << problem.what() << "\n(" << cli_->get_name() << " --help tells what it takes)\n";
    return exit_code::wrong_usage;
  }
}

std::optional<exit_code> command_line::parse(int count, char** arguments) {
  return parse({arguments, arguments + count}, std::cout, std::cerr);
}

} // namespace bennu::engine
