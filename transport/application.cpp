#include <bennu/transport/application.hpp>

#include <algorithm>
#include <stdexcept>
#include <thread>
#include <utility>

#include <caf/actor_system.hpp>

#include "actors/node/node_parts.hpp"
#include "transport/io/io_scheduler.hpp"
#include <bennu/actors/node.hpp>
#include <bennu/supervision/config.hpp>
#include <bennu/transport/cluster.hpp>
#include <bennu/transport/server.hpp>

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
  if (options.configure)
    options.configure(*result);
  return result;
}

} // namespace

application::application(application_options options)
  : config_(make_config(options)), on_end_(std::move(options.on_end)),
    system_(std::make_unique<caf::actor_system>(*config_)), own_children_(one_for_one) {
  own_children_.name("application").intensity(options.children_limit);
  root_limit_ = options.root_limit;
  dev_mode_ = options.dev_mode;
  if (options.cluster)
    part_ = std::make_unique<cluster>(*system_, *options.cluster);
  node_options of_node;
  // Most of the time to stop is for the clients, the rest for blocking work.
  const auto rest = std::min(of_node.blocking.shutdown_time, options.web.drain_timeout / 5);
  of_node.blocking.shutdown_time = rest;
  options.web.drain_timeout -= rest;
  of_node.incarnation = part_ ? part_->self().incarnation : 0;
  of_node.presence = options.presence;
  of_node.joins = options.joins;
  of_node.inboxes = options.inboxes;
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

void application::require_not_started(const char* what) const {
  if (is_started_)
    throw std::logic_error(std::string{what}
                           + " has no effect after the application started: call it before start or run");
}

application& application::serve(endpoint x) {
  require_not_started("serve");
  web_->add(std::move(x));
  return *this;
}

application& application::route(std::string method, std::string path, http_handler handler, route_options limits) {
  require_not_started("route");
  web_->add(std::move(method), std::move(path), std::move(handler), limits);
  return *this;
}

application& application::fallback(http_handler handler, route_options limits) {
  require_not_started("fallback");
  web_->add_fallback(std::move(handler), limits);
  return *this;
}

application& application::supervise(child_spec child) {
  require_not_started("supervise");
  own_children_.add(std::move(child));
  return *this;
}

supervisor_spec application::tree_of_parts() {
  supervisor_spec root{one_for_one};
  root.name("root").intensity(root_limit_);
  if (part_)
    root.add(part_->supervised());
  for (auto& child : home_->children())
    root.add(std::move(child));
  if (!own_children_.children().empty())
    root.add(own_children_.supervised("application"));
  supervisor_spec web{rest_for_one};
  for (auto& child : web_->children())
    web.add(std::move(child));
  root.add(web.supervised("server"));
  return root;
}

void application::start() {
  require_not_started("start");
  is_started_ = true;
  web_->listen();
  if (part_)
    part_->listen();
  tree_.emplace(tree_of_parts().start(*system_));
  if (!*tree_)
    throw std::runtime_error("the supervision tree did not start: " + explain(classify(tree_->error())));
  tree_->on_end([is_wanted = is_end_wanted_, told = on_end_](const exit_info& how) {
    if (!*is_wanted && told)
      told(explain(how));
  });
}

void application::stop() {
  *is_end_wanted_ = true;
  tree_.reset();
}

} // namespace bennu
