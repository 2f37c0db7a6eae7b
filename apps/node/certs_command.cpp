#include "apps/node/commands.hpp"

#include <cstdio>
#include <exception>
#include <memory>
#include <string>
#include <vector>

#include <CLI/CLI.hpp>

#include "transport/cluster/certificates.hpp"

namespace bennu::node_program {

namespace {

constexpr auto examples_of_certs = R"(Examples:
  bennu-node certs certs a b            an authority, and certificates for the nodes "a" and "b"
  bennu-node certs certs c              later: a certificate for "c" from the same authority

Give each node its two files and ca.crt. Give ca.key to none of them:
  bennu-chat --node a --cluster-listen 10.0.0.1:4444 --cluster-cert a.crt --cluster-key a.key --cluster-ca ca.crt
  bennu-chat --node b --cluster-listen 10.0.0.2:4444 --peer 10.0.0.1:4444 --cluster-cert b.crt …)";

struct wanted_certs {
  std::string folder;
  std::vector<std::string> names;
};

int make_certs(const wanted_certs& wanted) {
  try {
    for (auto& file : engine::make_cluster_certificates(wanted.folder, wanted.names))
      std::printf("%s\n", file.c_str());
    return 0;
  } catch (const std::exception& problem) {
    std::fprintf(stderr, "bennu-node: %s\n", problem.what());
    return 1;
  }
}

} // namespace

void add_certs_command(CLI::App& cli, std::function<int()>& run) {
  const auto wanted = std::make_shared<wanted_certs>();
  auto* command =
    cli.add_subcommand("certs", "makes the certificates by which nodes know each other; overwrites nothing");
  command->add_option("folder", wanted->folder, "folder for the certificates and the authority; only you can read it")
    ->required();
  command->add_option("name", wanted->names, "names of nodes, as in --node")->required();
  command->footer(examples_of_certs);
  command->callback([&run, wanted] { run = [wanted] { return make_certs(*wanted); }; });
}

} // namespace bennu::node_program
