#include "transport/http/service.hpp"

#include <string>
#include <vector>

#include <doctest/doctest.h>

using namespace bennu;
using namespace bennu::engine;

TEST_CASE("http_service: the service for clients above the limit reports the limits that they reach, too") {
  server_options options;
  options.max_connections_per_address = 1;
  http_service service{options};
  std::vector<std::string> reported;
  service.report_limit = [&reported](std::string_view limit, const std::string& who) {
    reported.push_back(std::string{limit} + " of " + who);
  };
  const http_service reserve{service, 1};
  const auto place = reserve.place_for("192.0.2.1");
  CHECK(place);
  CHECK_FALSE(reserve.place_for("192.0.2.1"));
  CHECK(reported == std::vector<std::string>{"connections_per_address of 192.0.2.1"});
}

namespace {

const http_handler nothing = [](const http_request&, const http_reply& reply) { reply({}); };

http_response refused(const http_service& by, const std::string& method, const std::string& path) {
  http_request head;
  head.method = method;
  head.path = path;
  return std::get<http_response>(by.judge(head));
}

std::string allowed(const http_response& x) {
  for (const auto& [name, value] : x.headers)
    if (name == "Allow")
      return value;
  return {};
}

} // namespace

TEST_CASE("http_service: another method is answered 405 with all that the path takes, HEAD where GET is served") {
  http_service service{{}};
  service.add("GET", "/both", nothing);
  service.add("POST", "/both", nothing);
  service.add("POST", "/post", nothing);
  CHECK(refused(service, "PUT", "/both").status == 405);
  CHECK(allowed(refused(service, "PUT", "/both")) == "GET, HEAD, POST");
  CHECK(allowed(refused(service, "HEAD", "/post")) == "POST");
  http_request head;
  head.method = "HEAD";
  head.path = "/both";
  CHECK(std::holds_alternative<body_terms>(service.judge(head)));
}

TEST_CASE("http_service: errors at a path and below it have their form, also where there is a fallback") {
  http_service service{{}};
  service.add("POST", "/api/publish", nothing);
  service.add_fallback(nothing);
  service.add_errors("/api", [](unsigned status, std::string_view why) {
    return http_response::json(status, "\"" + std::string{why} + "\"");
  });
  CHECK_THROWS_AS(service.add_errors("/api/", {}), std::logic_error);
  for (const auto* path : {"/api", "/api/", "//api//nothing", "/api/publish/more"})
    CHECK(refused(service, "GET", path).body == "\"Not Found\"");
  const auto method = refused(service, "GET", "/api/publish");
  CHECK(method.body == "\"Method Not Allowed\"");
  CHECK(allowed(method) == "POST");
  http_request elsewhere;
  elsewhere.method = "GET";
  elsewhere.path = "/apis";
  CHECK(std::holds_alternative<body_terms>(service.judge(elsewhere)));
  const http_service reserve{service, 1};
  const auto full = refused(reserve, "POST", "/api/publish");
  CHECK(full.status == 503);
  CHECK(full.body.starts_with("\""));
  CHECK(full.closes);
  CHECK(refused(reserve, "GET", "/apis").body.empty());
}

TEST_CASE("http_service: a fallback's own admission is asked, as that of a route") {
  http_service service{{}};
  service.add_fallback(nothing, {.admit = [](const http_request&) { return http_response::text(403, "no"); }});
  CHECK(refused(service, "GET", "/").status == 403);
}
