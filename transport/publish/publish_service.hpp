#pragma once

#include <functional>
#include <optional>
#include <string_view>

#include "supervision/lookup/current_actor.hpp"
#include "transport/publish/api_request.hpp"
#include "transport/publish/key_ring.hpp"
#include "transport/publish/publish_actor.hpp"
#include <bennu/supervision/child_spec.hpp>
#include <bennu/transport/http.hpp>

namespace bennu {
class server;
} // namespace bennu

namespace bennu::engine {

struct node_parts;

/// The publish API of a node: its keys, its routes, and the child that answers. It outlives the server and the tree.
/// Thread safety: immutable once the server listens.
class publish_service {
public:
  /// @throws std::invalid_argument when a key or the path is malformed.
  publish_service(publish_api api, node_parts& of);

  /// Adds the routes. REQUIRES: the actor does not outlive `web`. @throws std::logic_error when one of them is taken.
  void mount(server& web);

  /// The supervisor of the actor that answers.
  child_spec supervised();

private:
  std::unique_ptr<open_span> span_of(const http_request& request) const;
  std::optional<http_response> refusal(const http_request& head, bool has_body) const;
  http_response error(unsigned status, std::string_view why) const;
  void receive(api_action what, http_request request, http_reply reply) const;

  const publish_api api_;
  const key_ring keys_;
  node_parts& node_;
  std::function<bool(std::string_view id)> is_channel_topic_;
  current_actor actor_;
  idempotency_table known_; ///< belongs to the actor, and survives it
};

} // namespace bennu::engine
