#pragma once

#include <cstddef>
#include <functional>

#include <caf/fwd.hpp>
#include <caf/io/scribe.hpp>

#include "transport/cluster/tls.hpp"

namespace bennu::engine {

/// The longest message that a peer may announce to CAF's distributed messaging, which allocates the announced size
/// immediately: twice the largest block. A connection that announces more is cut.
constexpr size_t max_basp_payload = size_t{32} << 20;

/// A connection for CAF's multiplexer: encrypted with `session`, whose handshake is complete, or plain when `session`
/// is null. Owns `socket`. Calls `gone` when the multiplexer no longer uses it.
caf::io::scribe_ptr make_cluster_scribe(caf::actor_system& system, int socket, ssl_ptr session,
                                        std::function<void()> gone);

} // namespace bennu::engine
