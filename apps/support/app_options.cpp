#include "apps/support/app_options.hpp"

#include <algorithm>
#include <iostream>
#include <stdexcept>

#include <CLI/CLI.hpp>
#include <arpa/inet.h>

#include "apps/support/config_file.hpp"
#include <bennu/supervision/fault.hpp>

namespace bennu {

namespace {

const std::vector<std::string> levels = {"trace", "debug", "info", "warning", "error", "critical", "off"};

void add_cluster_options(CLI::App& cli, app_options& into) {
  const auto group = "Cluster: several nodes as one";
  cli.add_option("--node", into.node, "this node's name, unlike that of any other; makes it part of a cluster")
    ->group(group);
  cli.add_option("--cluster-listen", into.cluster_listen, "HOST:PORT at which other nodes find this one")
    ->group(group)
    ->capture_default_str();
  cli
    .add_option("--peer", into.peers,
                "HOST:PORT of another node, more than once for several; the rest is learnt from it")
    ->group(group)
    ->expected(1)
    ->multi_option_policy(CLI::MultiOptionPolicy::TakeAll);
  cli.add_option("--cluster-cert", into.cluster_cert, "this node's certificate (PEM); bennu-node certs makes one")
    ->group(group);
  cli.add_option("--cluster-key", into.cluster_key, "its key (PEM)")->group(group);
  cli.add_option("--cluster-ca", into.cluster_ca, "the authority of all nodes' certificates (PEM)")->group(group);
  cli
    .add_flag("--cluster-insecure", into.cluster_insecure,
              "no certificates; on loopback addresses alone, for trying out")
    ->group(group);
}

// The problem of a --bind value, or nothing.
std::string bind_problem(const std::string& x) {
  in6_addr ignored;
  const bool good = ::inet_pton(AF_INET, x.c_str(), &ignored) == 1 || ::inet_pton(AF_INET6, x.c_str(), &ignored) == 1
                    || (x.starts_with("unix:") && x.size() > 5);
  return good ? std::string{} : x + " is neither a numeric address nor unix:PATH";
}

std::string is_fault_rule(const std::string& text) {
  try {
    fault_rule::parse(text);
    return {};
  } catch (const std::invalid_argument& why) {
    return why.what();
  }
}

void add_watching_options(CLI::App& cli, app_options& into) {
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
                "event=new_msg probability=0.1 seed=7 times=3\"; or delay (time=MS), drop, refuse (a child's start)")
    ->expected(1)
    ->multi_option_policy(CLI::MultiOptionPolicy::TakeAll)
    ->check(is_fault_rule);
}

} // namespace

std::optional<cluster_options> cluster_of(const app_options& options, const std::string& application) {
  if (options.node.empty()) {
    const bool is_meant = !options.peers.empty() || options.cluster_insecure || !options.cluster_cert.empty()
                          || !options.cluster_key.empty() || !options.cluster_ca.empty();
    if (is_meant)
      throw std::runtime_error("cluster: this node has no name; give it one with --node");
    return std::nullopt;
  }
  cluster_options result{.name = options.node, .application = application};
  result.listen = options.cluster_listen;
  result.peers = options.peers;
  result.certificate = options.cluster_cert;
  result.key = options.cluster_key;
  result.authority = options.cluster_ca;
  result.is_insecure = options.cluster_insecure;
  check(result);
  return result;
}

command_line::command_line(std::string program, std::string about, std::string examples, app_options& into)
  : cli_(std::make_unique<CLI::App>(std::move(about), std::move(program))), options_(into) {
  cli_->footer("Examples:\n" + std::move(examples)
               + "\n\nprints \"ready PORT\" on standard output when it accepts connections.");
  cli_->add_option("--port", into.port, "TCP port; 0: any free one")->capture_default_str();
  cli_
    ->add_option("--bind", into.bind,
                 "address to listen on; 0.0.0.0: every one of this machine; unix:PATH: a Unix socket")
    ->check(CLI::Validator{bind_problem, "ADDRESS"})
    ->capture_default_str();
  auto* certificate =
    cli_->add_option("--tls-cert", into.tls_cert, "PEM file with the certificate chain: https and wss")
      ->check(CLI::ExistingFile);
  auto* key = cli_->add_option("--tls-key", into.tls_key, "PEM file with its key; kill -HUP reads both again")
                ->check(CLI::ExistingFile)
                ->needs(certificate);
  certificate->needs(key);
  cli_->add_option("--redirect-http", into.redirect_http, "port on which http is sent to https")->needs(certificate);
  cli_->add_option("--trust-proxy", into.trust_proxy,
                   "address, range (10.0.0.0/8) or `unix`: a proxy whose X-Forwarded-For or Forwarded is believed");
  cli_->add_option("--max-connections", into.max_connections, "clients at the same time; the next is answered 503")
    ->check(CLI::Range(1, 1'000'000))
    ->capture_default_str();
  cli_->add_option("--backlog", into.backlog, "clients that wait in the kernel to be accepted")
    ->check(CLI::Range(1, 65535))
    ->capture_default_str();
  cli_->add_option("--acceptors", into.acceptors, "sockets that accept on the port (SO_REUSEPORT)")
    ->check(CLI::Range(1, 64))
    ->capture_default_str();
  cli_->add_option("--threads", into.threads, "io units; 0: one per core")
    ->check(CLI::Range(0, 256))
    ->capture_default_str();
  cli_
    ->add_option("--secret-file", into.secret_file,
                 "signs tokens; made at the first start; the same for all nodes of a cluster")
    ->capture_default_str();
  cli_
    ->add_option("--drain-seconds", into.drain_seconds,
                 "how long clients, and work that blocks, may take to end after SIGTERM")
    ->check(CLI::Range(0, 3600))
    ->capture_default_str();
  cli_->add_option("--log-level", into.log_level, "how much is logged on standard error")
    ->check(CLI::IsMember(levels))
    ->capture_default_str();
  cli_->add_flag("--dev", into.dev,
                 "tell clients the texts of crashes, take events that cause faults; not for production");
  add_watching_options(*cli_, into);
  add_cluster_options(*cli_, into);
  cli_->set_config("--config", "", "file with the options above, one `name = value` a line (TOML)")
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
    cluster_of(options_, cli_->get_name());
    if (!options_.faults.empty() && !options_.dev)
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

} // namespace bennu
