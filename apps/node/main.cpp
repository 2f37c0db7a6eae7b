#include <cstdio>
#include <exception>
#include <string>
#include <vector>

#include <CLI/CLI.hpp>

#include "transport/cluster/certificates.hpp"
#include "transport/program/command_line.hpp"

namespace {

constexpr auto examples = R"(Examples:
  bennu-node certs certs a b            an authority, and certificates for the nodes "a" and "b"
  bennu-node certs certs c              later: a certificate for "c" from the same authority

Give each node its two files and ca.crt. Give ca.key to none of them:
  bennu-chat --node a --cluster-listen 10.0.0.1:4444 --cluster-cert a.crt --cluster-key a.key --cluster-ca ca.crt
  bennu-chat --node b --cluster-listen 10.0.0.2:4444 --peer 10.0.0.1:4444 --cluster-cert b.crt …)";

} // namespace

int main(int count, char** arguments) {
  std::string folder;
  std::vector<std::string> names;
  CLI::App cli{"Makes what a cluster of Bennu nodes needs besides its programs.", "bennu-node"};
  cli.footer(examples);
  cli.require_subcommand(1);
  auto* certs =
    cli.add_subcommand("certs", "makes the certificates by which nodes know each other; overwrites nothing");
  certs->add_option("folder", folder, "folder for the certificates and the authority; only you can read it")
    ->required();
  certs->add_option("name", names, "names of nodes, as in --node")->required();
  certs->footer(examples);
  try {
    cli.parse(count, arguments);
  } catch (const CLI::ParseError& x) {
    return cli.exit(x) == 0 ? 0 : static_cast<int>(bennu::engine::exit_code::wrong_usage);
  }
  try {
    for (auto& file : bennu::engine::make_cluster_certificates(folder, names))
      std::printf("%s\n", file.c_str());
    return 0;
  } catch (const std::exception& x) {
    std::fprintf(stderr, "bennu-node: %s\n", x.what());
    return 1;
  }
}
