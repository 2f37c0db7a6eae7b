#include "transport/application.hpp"

#include <thread>
#include <utility>

#include "transport/io_scheduler.hpp"

namespace bennu {

namespace {

std::unique_ptr<config> make_config(const application_options& options) {
  auto result = std::make_unique<config>();
  result->load<io_scheduler>();
  const size_t threads = options.threads != 0 ? options.threads : std::max(1U, std::thread::hardware_concurrency());
  result->set("scheduler.max-threads", threads);
  return result;
}

} // namespace

application::application(application_options options)
  : config_(make_config(options)), system_(std::make_unique<caf::actor_system>(*config_)) {
  home_ = std::make_unique<node>(*system_, options.name, io_scheduler::of(*system_).execution_units());
  home_->dev_mode = options.dev_mode;
  web_ = std::make_unique<server>(*home_, options.web);
}

application::~application() {
  stop();
  web_.reset();
}

void application::supervise(child_spec child) {
  own_children_.push_back(std::move(child));
}

void application::start() {
  web_->listen();
  supervisor_spec root{strategy::one_for_one};
  for (auto& child : home_->children())
    root.add(std::move(child));
  for (auto& child : std::exchange(own_children_, {}))
    root.add(std::move(child));
  supervisor_spec web{strategy::rest_for_one};
  for (auto& child : web_->children())
    web.add(std::move(child));
  root.add(std::move(web).supervised("server"));
  root_ = root_supervisor::start(*system_, std::move(root));
}

void application::stop() {
  root_.stop();
}

} // namespace bennu
