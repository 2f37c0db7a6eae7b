#include <bennu/transport/application.hpp>

#include <algorithm>
#include <stdexcept>
#include <thread>
#include <utility>

#include <caf/actor_system.hpp>

#include "actors/node/node_parts.hpp"
#include "transport/io/io_scheduler.hpp"
#include "transport/observer/observer_service.hpp"
#include "transport/publish/publish_service.hpp"
#include "transport/serving/application_parts.hpp"

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

application_parts::~application_parts() = default;

application_parts::application_parts(application_options options)
  : configuration(make_config(options)), on_end(std::move(options.on_end)),
    system(std::make_unique<caf::actor_system>(*configuration)), own_children(one_for_one),
    root_limit(options.root_limit), dev_mode(options.dev_mode) {
  own_children.name("application").intensity(options.children_limit);
  if (options.cluster)
    part = std::make_unique<cluster>(*system, *options.cluster);
  node_options of_node;
  // Most of the time to stop is for the clients, the rest for blocking work.
  const auto rest = std::min(of_node.blocking.shutdown_time, options.web.drain_timeout / 5);
  of_node.blocking.shutdown_time = rest;
  options.web.drain_timeout -= rest;
  of_node.incarnation = part ? part->self().incarnation : 0;
  of_node.presence = options.presence;
  of_node.joins = options.joins;
  of_node.inboxes = options.inboxes;
  of_node.dev_mode = options.dev_mode;
  home = std::make_unique<node>(*system, part ? part->self().name : options.name,
                                io_scheduler::of(*system).execution_units(), std::move(of_node));
  if (part)
    home->parts().join_cluster(part->link());
  web = std::make_unique<server>(*home, std::move(options.web));
}

supervisor_spec application_parts::supervised_tree() const {
  supervisor_spec root{one_for_one};
  root.name("root").intensity(root_limit);
  if (part)
    root.add(part->supervised());
  for (auto& child : home->children())
    root.add(std::move(child));
  if (!own_children.children().empty())
    root.add(own_children.supervised("application"));
  if (api)
    root.add(api->supervised());
  supervisor_spec serving{rest_for_one};
  for (auto& child : web->children())
    serving.add(std::move(child));
  root.add(serving.supervised("server"));
  return root;
}

application::application(application_options options)
  : parts_(std::make_unique<application_parts>(std::move(options))) {}

application::~application() {
  stop();
  parts_->web.reset();
}

caf::actor_system& application::system() noexcept {
  return *parts_->system;
}

node& application::home() noexcept {
  return *parts_->home;
}

server& application::web() noexcept {
  return *parts_->web;
}

cluster* application::part() noexcept {
  return parts_->part.get();
}

bool application::is_in_dev_mode() const noexcept {
  return parts_->dev_mode;
}

caf::actor application::root() const {
  return parts_->root_actor.get();
}

void application::require_not_started(const char* what) const {
  if (parts_->is_started)
    throw std::logic_error(std::string{what}
                           + " has no effect after the application started: call it before start or run");
}

application& application::serve(endpoint x) {
  require_not_started("serve");
  parts_->web->add(std::move(x));
  return *this;
}

application& application::serve(publish_api x) {
  require_not_started("serve");
  if (parts_->api)
    throw std::logic_error("there is a publish API already, and there can be one");
  parts_->api = std::make_unique<publish_service>(std::move(x), parts_->home->parts());
  parts_->api->mount(*parts_->web);
  return *this;
}

application& application::route(std::string method, std::string path, http_handler handler, route_options limits) {
  require_not_started("route");
  parts_->web->add(std::move(method), std::move(path), std::move(handler), limits);
  return *this;
}

application& application::fallback(http_handler handler, route_options limits) {
  require_not_started("fallback");
  parts_->web->add_fallback(std::move(handler), limits);
  return *this;
}

application& application::supervise(child_spec child) {
  require_not_started("supervise");
  parts_->own_children.add(std::move(child));
  return *this;
}

void application::start() {
  require_not_started("start");
  parts_->is_started = true;
  parts_->web->listen();
  if (parts_->part)
    parts_->part->listen();
  parts_->tree.emplace(parts_->supervised_tree().start(*parts_->system));
  if (!*parts_->tree)
    throw std::runtime_error("the supervision tree did not start: " + explain(classify(parts_->tree->error())));
  parts_->root_actor.set(parts_->tree->root());
  parts_->tree->on_end([is_wanted = parts_->is_end_wanted, told = parts_->on_end](const exit_info& how) {
    if (!*is_wanted && told)
      told(explain(how));
  });
}

void application::stop() {
  *parts_->is_end_wanted = true;
  parts_->root_actor.set(nullptr); // before the tree ends, which may take as long as the drain
  parts_->tree.reset();
}

} // namespace bennu
