#pragma once

namespace caf {
class actor_system_config;
}

namespace bennu::engine {

/// Prepares a configuration for `links`: CAF's distributed messaging without a thread of its own for each connection and without
/// heartbeats, under an identity drawn at random, and the messages that travel.
///
/// To be called before the actor system is made. By itself it opens no port.
void load_cluster(caf::actor_system_config& config);

} // namespace bennu::engine
