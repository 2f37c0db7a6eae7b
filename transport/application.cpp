#include <bennu/transport/application.hpp>

#include <algorithm>
#include <atomic>
#include <future>
#include <stdexcept>
#include <thread>
#include <utility>

#include "actors/node/node_parts.hpp"
#include "transport/io/io_scheduler.hpp"

namespace bennu {

using namespace engine;

namespace {

std::unique_ptr<config> make_config(const application_options& options) {
  auto result = std::make_unique<config>();
  result->load<io_scheduler>();
  const size_t threads = options.threads != 0 ? options.threads : std::max(1U, std::thread::hardware_concurrency());
  result->set("scheduler.max-threads", threads);
  result->slow_handler = options.slow_handler;
  if (options.cluster)
    load_cluster(*result);
  return result;
}

} // namespace

application::application(application_options options)
  : config_(make_config(options)), system_(std::make_unique<caf::actor_system>(*config_)) {
  if (options.cluster)
    part_ = std::make_unique<cluster>(*system_, *options.cluster);
  node_options of_node;
  // Of the time to stop clients have most; what blocks then has the rest.
  const auto rest = std::min(of_node.blocking.shutdown_time, options.web.drain_timeout / 5);
  of_node.blocking.shutdown_time = rest;
  options.web.drain_timeout -= rest;
  of_node.incarnation = part_ ? part_->self().incarnation : 0;
  of_node.presence = options.presence;
  of_node.dev_mode = options.dev_mode;
  home_ = std::make_unique<node>(*system_, part_ ? part_->self().name : options.name,
                                 io_scheduler::of(*system_).execution_units(), std::move(of_node));
  if (part_)
    home_->parts().join_cluster(part_->link());
  web_ = std::make_unique<server>(*home_, std::move(options.web));
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
  if (part_)
    part_->listen();
  // The last child starts when all others are ready; should the tree end before, its root says so.
  auto started = std::make_shared<std::promise<void>>();
  auto told = std::make_shared<std::atomic<bool>>(false);
  supervisor_spec root{one_for_one};
  root.name("root");
  if (part_)
    root.add(part_->supervised());
  for (auto& child : home_->children())
    root.add(std::move(child));
  for (auto& child : std::exchange(own_children_, {}))
    root.add(std::move(child));
  supervisor_spec web{rest_for_one};
  for (auto& child : web_->children())
    web.add(std::move(child));
  root.add(web.supervised("server"));
  root.add(child_spec{
    "started", [=](caf::event_based_actor*, const start_cause&) {
      if (!told->exchange(true))
        started->set_value();
      return start_result::ignore();
    }}.restart_as(restart::temporary));
  tree_.emplace(root.start(*system_));
  tree_->root()->attach_functor([=](const caf::error& why) {
    if (!told->exchange(true))
      started->set_exception(
        std::make_exception_ptr(std::runtime_error("the supervision tree did not start: " + to_string(classify(why)))));
  });
  started->get_future().get();
}

void application::stop() {
  tree_.reset();
}

} // namespace bennu
