#pragma once

#include <memory>

#include "transport/http/service.hpp"
#include "transport/io/connection_slot.hpp"
#include "transport/io/stream.hpp"
#include "transport/longpoll/longpoll.hpp"
#include "transport/serving/unit_sockets.hpp"

namespace bennu::engine {

/// Serves HTTP/1.1 on `socket`, request after request, until it becomes a WebSocket or ends.
/// Runs on the thread of `home`'s unit; owns itself. REQUIRES: `service`, `polls` and `home` outlive the unit's loop.
void serve_http(const http_service& service, const longpoll& polls, unit_sockets& home, std::unique_ptr<stream> socket,
                connection_slot slot);

} // namespace bennu::engine
