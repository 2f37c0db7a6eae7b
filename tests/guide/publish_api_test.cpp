#include <stdexcept>
#include <string>

#include <doctest/doctest.h>

#include <bennu/transport/application.hpp>

namespace {

void mount(bennu::application& app, const std::string& key) {
  app.serve(bennu::publish_api{.keys = {bennu::api_key::parse(key)}});
}

} // namespace

TEST_CASE("guide: an application mounts the publish API once, with keys that are well formed") {
  bennu::application app{bennu::application_options{}};
  for (const auto* wrong : {"", "SECRET orders:*:x", "s\xC3\xA4"})
    CHECK_THROWS_AS(mount(app, wrong), std::invalid_argument);
  CHECK_THROWS_AS(app.serve(bennu::publish_api{}), std::invalid_argument);
  CHECK_THROWS_AS(app.serve(bennu::publish_api{.keys = {{"same"}, {"same"}}}), std::invalid_argument);
  CHECK_THROWS_AS(app.serve(bennu::publish_api{.keys = {{"key"}}, .path = "api/"}), std::invalid_argument);
  mount(app, "SECRET orders:* user_sockets:*");
  CHECK_THROWS_AS(mount(app, "SECRET"), std::logic_error);
  CHECK_THROWS_AS(app.route("GET", "/api/topics", {}), std::logic_error);
}
