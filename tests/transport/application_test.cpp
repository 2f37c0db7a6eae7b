#include <future>
#include <memory>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include <caf/scoped_actor.hpp>
#include <caf/send.hpp>
#include <doctest/doctest.h>

#include <bennu/actors/channel.hpp>
#include <bennu/actors/endpoint.hpp>
#include <bennu/supervision/child_spec.hpp>
#include <bennu/supervision/process.hpp>
#include <bennu/supervision/supervisor_commands.hpp>
#include <bennu/supervision/telemetry.hpp>
#include <bennu/transport/application.hpp>
#include <bennu/transport/server.hpp>

using namespace bennu;

namespace {

struct anybody : bennu::socket {
  connect_result connect(const connect_info&) override { return connected{}; }
};

/// Crashes immediately, at every start.
class broken : public process {
public:
  using process::process;

protected:
  caf::behavior make_behavior() override {
    caf::anon_send(caf::actor{this}, 1);
    return {[](int) { throw std::runtime_error{"as always"}; }};
  }
};

child_spec broken_child() {
  return {"broken", [](caf::event_based_actor* parent, const start_cause&) -> start_result {
            return caf::actor{parent->spawn<broken>()};
          }};
}

caf::actor child_of(caf::actor_system& system, const caf::actor& supervisor, const std::string& id) {
  caf::actor result;
  caf::scoped_actor self{system};
  self->request(supervisor, caf::infinite, which_children_command{})
    .receive(
      [&](const std::vector<child_info>& all) {
        for (const auto& x : all)
          if (x.id == id)
            result = x.actor;
      },
      [](const caf::error&) {});
  return result;
}

application_options on_any_port() {
  application_options result;
  result.threads = 1;
  result.web.port = 0;
  result.web.drain_timeout = std::chrono::seconds{1};
  return result;
}

http_handler answer() {
  return [](const http_request&, const http_reply& reply) { reply(http_response::text(200, "")); };
}

} // namespace

TEST_CASE("application: on_end is called when the tree ends by itself, with the chain of reasons") {
  auto options = on_any_port();
  options.children_limit = {2, std::chrono::minutes{1}};
  options.root_limit = {0, std::chrono::minutes{1}};
  auto ended = std::make_shared<std::promise<std::string>>();
  options.on_end = [ended](const std::string& why) { ended->set_value(why); };
  application app{std::move(options)};
  app.supervise(broken_child());
  try {
    app.start();
  } catch (const std::runtime_error& early) { // it may crash before the server is ready
    ended->set_value(early.what());
  }
  const auto why = ended->get_future().get();
  CAPTURE(why);
  for (const char* part : {"broken", "as always", "application"})
    CHECK(why.find(part) != std::string::npos);
}

TEST_CASE("application: a stop does not call on_end") {
  auto options = on_any_port();
  bool is_told = false;
  options.on_end = [&is_told](const std::string&) { is_told = true; };
  {
    application app{std::move(options)};
    app.start();
    app.stop();
  }
  CHECK_FALSE(is_told);
}

TEST_CASE("application: the root is null before the start and after the stop") {
  application app{on_any_port()};
  CHECK_FALSE(app.root());
  app.start();
  CHECK(app.root());
  app.stop();
  CHECK_FALSE(app.root());
}

TEST_CASE("application: an exit signal that is not its supervisor's does not drain the server") {
  std::promise<std::string> ignored;
  application app{on_any_port()};
  telemetry::of(app.system()).attach("process.exit_ignored", [&](const telemetry_event& x) {
    ignored.set_value(std::string{x.text("label")});
  });
  app.start();
  const auto drainer = child_of(app.system(), child_of(app.system(), app.root(), "server"), "drainer");
  REQUIRE(drainer);
  signal_exit(drainer, exits::shutdown());
  CHECK(ignored.get_future().get() == "drainer");
  CHECK_FALSE(app.web().is_draining());
}

TEST_CASE("application: an addition after the start is refused, not ignored") {
  application app{on_any_port()};
  app.start();
  CHECK_THROWS_WITH_AS(app.supervise(broken_child()), doctest::Contains("supervise"), std::logic_error);
  CHECK_THROWS_WITH_AS(app.route("GET", "/x", answer()), doctest::Contains("route"), std::logic_error);
  CHECK_THROWS_WITH_AS(app.fallback(answer()), doctest::Contains("fallback"), std::logic_error);
  CHECK_THROWS_WITH_AS(app.serve(endpoint{"/x"}.serve<anybody>()), doctest::Contains("serve"), std::logic_error);
  CHECK_THROWS_WITH_AS(app.start(), doctest::Contains("start"), std::logic_error);
}

TEST_CASE("application: a second handler or endpoint for the same path is refused") {
  application app{on_any_port()};
  app.route("GET", "/x", answer()).route("POST", "/x", answer()).fallback(answer());
  app.serve(endpoint{"/socket"}.serve<anybody>());
  CHECK_THROWS_WITH_AS(app.route("GET", "/x", answer()), doctest::Contains("GET /x"), std::logic_error);
  CHECK_THROWS_WITH_AS(app.serve(endpoint{"/socket"}.serve<anybody>()), doctest::Contains("/socket"), std::logic_error);
  CHECK_THROWS_AS(app.fallback(answer()), std::logic_error);
  app.supervise(broken_child());
  CHECK_THROWS_WITH_AS(app.supervise(broken_child()), doctest::Contains("broken"), std::invalid_argument);
}

TEST_CASE("application: only an application that was made from a command line can run") {
  application app{on_any_port()};
  CHECK_THROWS_AS(app.run(), std::logic_error);
  CHECK_THROWS_AS(app.secret(), std::logic_error);
}
