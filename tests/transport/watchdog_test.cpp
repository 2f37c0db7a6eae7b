#include <future>
#include <mutex>
#include <string>

#include <caf/actor_system.hpp>
#include <caf/actor_system_config.hpp>
#include <caf/send.hpp>
#include <doctest/doctest.h>

#include "transport/io/io_scheduler.hpp"
#include <bennu/supervision/config.hpp>
#include <bennu/supervision/process.hpp>
#include <bennu/supervision/telemetry.hpp>

using namespace bennu;
using namespace bennu::engine;

namespace {

// Blocks in its handler until the test lets it go.
class stuck_worker : public process {
public:
  stuck_worker(caf::actor_config& cfg, std::shared_future<void> release) : process(cfg), release_(std::move(release)) {}

protected:
  caf::behavior make_behavior() override {
    return {[this](int) { release_.wait(); }};
  }

private:
  std::shared_future<void> release_;
};

} // namespace

TEST_CASE("watchdog: a handler that does not return is reported while it runs, and again when it has returned") {
  std::promise<std::string> slow;
  std::promise<void> ended;
  std::promise<void> release;
  config cfg;
  cfg.load<io_scheduler>();
  cfg.set("scheduler.max-threads", 2);
  cfg.slow_handler = std::chrono::milliseconds{20};
  cfg.hub().attach("handler.*", [&](const telemetry_event& x) {
    if (x.name == "handler.slow" && x.number("ms") >= 20)
      slow.set_value(std::string{x.text("label")});
    else if (x.name == "handler.slow_ended")
      ended.set_value();
  });
  caf::actor_system system{cfg};
  auto worker = system.spawn<stuck_worker>(release.get_future().share());
  caf::anon_send(worker, 1);
  CHECK(slow.get_future().get() == "stuck_worker");
  release.set_value();
  ended.get_future().get();
  caf::anon_send_exit(worker, caf::exit_reason::user_shutdown);
}
