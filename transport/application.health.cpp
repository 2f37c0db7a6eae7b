#include <bennu/transport/application.hpp>

#include <nlohmann/json.hpp>

#include <bennu/actors/node.hpp>
#include <bennu/transport/server.hpp>

namespace bennu {

http_handler health_of(application& app) {
  return [&app](const http_request&, const http_reply& reply) {
    if (app.web().is_draining())
      return reply(http_response::json(503, R"({"status":"draining"})"));
    reply(http_response::json(200, json{{"status", "ok"}, {"node", app.home().name()}}.dump()));
  };
}

} // namespace bennu
