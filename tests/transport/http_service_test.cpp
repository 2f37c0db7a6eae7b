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
