#include "transport/program/settings.hpp"

#include <chrono>
#include <stdexcept>

#include "transport/program/files.hpp"
#include "transport/publish/key_ring.hpp"

namespace bennu::engine {

namespace {

size_t mebibytes(size_t bytes) {
  return (bytes + (1U << 20) - 1) >> 20;
}

} // namespace

settings::settings(const program& what)
  : bind(what.defaults.web.bind), port(what.defaults.web.port), tls_cert(what.defaults.web.tls.certificate_file),
    tls_key(what.defaults.web.tls.key_file), redirect_http(what.defaults.web.redirect_port.value_or(0)),
    trust_proxy(what.defaults.web.trusted), allow_origin(what.defaults.web.allowed_origins),
    proxy_protocol_from(what.defaults.web.proxy_protocol_from), shared_addresses(what.defaults.web.shared_addresses),
    max_connections(what.defaults.web.max_connections),
    max_connections_per_address(what.defaults.web.max_connections_per_address),
    max_buffered_mib(mebibytes(what.defaults.web.max_buffered_bytes)),
    max_buffered_mib_per_address(mebibytes(what.defaults.web.max_buffered_bytes_per_address)),
    max_unread_mib(mebibytes(what.defaults.web.max_unread_bytes)),
    max_unread_mib_per_address(mebibytes(what.defaults.web.max_unread_bytes_per_address)),
    max_joins(what.defaults.joins.max_joins),
    keep_alive_seconds(std::chrono::ceil<std::chrono::seconds>(what.defaults.web.keep_alive_timeout).count()),
    backlog(what.defaults.web.backlog), acceptors(what.defaults.web.acceptors), threads(what.defaults.threads),
    secret_file(what.secret_file), dev(what.defaults.dev_mode),
    drain_seconds(std::chrono::ceil<std::chrono::seconds>(what.defaults.web.drain_timeout).count()),
    cluster_listen("127.0.0.1:0") {}

std::optional<cluster_options> cluster_of(const settings& from, const program& what) {
  if (from.node.empty()) {
    const bool is_meant = !from.peers.empty() || from.cluster_insecure || !from.cluster_cert.empty()
                          || !from.cluster_key.empty() || !from.cluster_ca.empty();
    if (is_meant)
      throw std::runtime_error("cluster: this node has no name; give it one with --node");
    return what.defaults.cluster && !what.defaults.cluster->name.empty() ? what.defaults.cluster : std::nullopt;
  }
  auto result = what.defaults.cluster.value_or(cluster_options{});
  result.name = from.node;
  result.application = what.name;
  result.listen = from.cluster_listen;
  result.peers = from.peers;
  result.certificate = from.cluster_cert;
  result.key = from.cluster_key;
  result.authority = from.cluster_ca;
  result.is_insecure = from.cluster_insecure;
  check(result);
  return result;
}

std::optional<publish_api> publish_api_of(const settings& from) {
  publish_api result;
  const auto add = [&result](const std::string& text) { result.keys.push_back(api_key::parse(text)); };
  for (const auto& x : from.api_keys)
    add(x);
  if (!from.api_key_file.empty())
    for (const auto& x : secrets_from_file(from.api_key_file))
      add(x);
  if (result.keys.empty() && from.api_key_file.empty())
    return std::nullopt;
  try {
    const key_ring tried{result};
  } catch (const std::invalid_argument& problem) {
    throw std::runtime_error("--api-key: " + std::string{problem.what()});
  }
  return result;
}

application_options application_of(const settings& from, const program& what, const std::string& secret) {
  auto result = what.defaults;
  if (result.name == application_options{}.name)
    result.name = what.name;
  result.threads = from.threads;
  result.dev_mode = from.dev;
  result.cluster = cluster_of(from, what);
  result.web.bind = from.bind;
  result.web.port = from.port;
  result.web.tls = {from.tls_cert, from.tls_key};
  if (from.redirect_http != 0)
    result.web.redirect_port = from.redirect_http;
  result.web.trusted = from.trust_proxy;
  result.web.allowed_origins = from.allow_origin;
  result.web.proxy_protocol_from = from.proxy_protocol_from;
  result.web.shared_addresses = from.shared_addresses;
  result.web.max_connections = from.max_connections;
  result.web.max_connections_per_address = from.max_connections_per_address;
  result.web.max_buffered_bytes = from.max_buffered_mib << 20;
  result.web.max_buffered_bytes_per_address = from.max_buffered_mib_per_address << 20;
  result.web.max_unread_bytes = from.max_unread_mib << 20;
  result.web.max_unread_bytes_per_address = from.max_unread_mib_per_address << 20;
  result.web.keep_alive_timeout = std::chrono::seconds{from.keep_alive_seconds};
  result.joins.max_joins = from.max_joins;
  result.web.backlog = from.backlog;
  result.web.acceptors = from.acceptors;
  result.web.drain_timeout = std::chrono::seconds{from.drain_seconds};
  if (!secret.empty())
    result.web.secret = "web " + secret; // the tokens of the program itself use another key
  return result;
}

} // namespace bennu::engine
