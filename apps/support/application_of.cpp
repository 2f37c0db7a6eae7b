#include "apps/support/application_of.hpp"

#include <utility>

#include "apps/support/secret_file.hpp"

namespace bennu {

application_options application_of(const app_options& from, std::string node_name) {
  application_options result;
  result.name = std::move(node_name);
  result.threads = from.threads;
  result.dev_mode = from.dev;
  result.cluster = cluster_of(from, "bennu-" + result.name);
  result.web.bind = from.bind;
  result.web.port = from.port;
  result.web.tls = {from.tls_cert, from.tls_key};
  if (from.redirect_http != 0)
    result.web.redirect_port = from.redirect_http;
  result.web.trusted = from.trust_proxy;
  result.web.max_connections = from.max_connections;
  result.web.backlog = from.backlog;
  result.web.acceptors = from.acceptors;
  result.web.drain_timeout = std::chrono::seconds{from.drain_seconds};
  if (!from.secret_file.empty())
    result.web.secret =
      "web " + secret_from_file(from.secret_file); // the program's own tokens are signed with another key
  return result;
}

} // namespace bennu
