#pragma once

#include <bennu/transport/http.hpp>

namespace bennu {

class application;

/// A handler for the health checks of load balancers. It answers 200 with the name of the node, and 503 from the
/// moment the node begins to stop.
///
///     app.web().add("GET", "/health", health_of(app), {.answers_when_full = true});
///
/// REQUIRES: `app` outlives the connections of its server.
/// Thread safety: the handler may be called on any thread.
http_handler health_of(application& app);

} // namespace bennu
