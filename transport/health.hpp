#pragma once

#include <bennu/transport/http.hpp>

namespace bennu {

class application;

/// Answers what load balancers ask: 200 with the node's name, 503 from the moment the node is told to stop.
///
///     app.web().service().add("GET", "/health", health_of(app));
///
/// REQUIRES: `app` outlives its server's clients.
http_handler health_of(application& app);

} // namespace bennu
