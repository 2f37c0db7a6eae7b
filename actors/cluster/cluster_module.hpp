#pragma once

namespace caf {
class actor_system_config;
}

namespace bennu::engine {

/// Prepares a configuration for `links`: CAF's distributed messaging without a thread per connection and without
/// heartbeats, with a random identity, and with the message types that travel between nodes (see `BENNU_MESSAGE`).
///
/// REQUIRES: the actor system does not exist yet. Opens no port.
void load_cluster_module(caf::actor_system_config& config);

} // namespace bennu::engine
