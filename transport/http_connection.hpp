#pragma once

#include "transport/connection_slot.hpp"
#include "transport/http_service.hpp"
#include "transport/longpoll.hpp"
#include "transport/unit_sockets.hpp"

namespace bennu {

/// Serves HTTP/1.1 on the connected socket `fd`, request after request, until it becomes a WebSocket or ends.
/// Runs on the thread of `home`'s unit; owns itself. REQUIRES: `service`, `polls` and `home` outlive the unit's loop.
void serve_http(const http_service& service, const longpoll& polls, unit_sockets& home, int fd, connection_slot slot);

} // namespace bennu
