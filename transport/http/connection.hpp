#pragma once

#include <memory>

#include "transport/http/service.hpp"
#include "transport/io/connection_slot.hpp"
#include "transport/io/stream.hpp"
#include "transport/longpoll/longpoll.hpp"
#include "transport/serving/unit_sockets.hpp"

namespace bennu::engine {

/// Serves the HTTP/1.1 requests of `socket` one after another, until it becomes a WebSocket or ends. It runs on the
/// thread of the unit of `home` and owns itself. REQUIRES: `service`, `polls` and `home` outlive the event loop of
/// the unit.
void serve_http(const http_service& service, const longpoll& polls, unit_sockets& home, std::unique_ptr<stream> socket,
                connection_slot slot);

} // namespace bennu::engine
