#pragma once

#include <atomic>
#include <functional>
#include <memory>
#include <optional>
#include <string>

#include <caf/actor_system.hpp>

#include "supervision/lookup/current_actor.hpp"
#include <bennu/actors/node.hpp>
#include <bennu/supervision/config.hpp>
#include <bennu/supervision/supervisor.hpp>
#include <bennu/transport/application_options.hpp>
#include <bennu/transport/cluster.hpp>
#include <bennu/transport/server.hpp>

namespace bennu::engine {

class observer_service;
class program_life;
class publish_service;

/// What an application consists of. The members are in the order of their dependence: what stands below uses what
/// stands above.
struct application_parts {
  explicit application_parts(application_options options);
  ~application_parts();

  supervisor_spec supervised_tree() const;

  std::shared_ptr<program_life> life; ///< signals and logs: before any thread, until after the last
  std::unique_ptr<config> configuration;
  std::shared_ptr<void> follower; ///< logs what happens until the system is gone
  const std::function<void(const std::string& why)> on_end;
  const std::shared_ptr<std::atomic<bool>> is_end_wanted = std::make_shared<std::atomic<bool>>(false);
  std::unique_ptr<caf::actor_system> system;
  std::unique_ptr<cluster> part;
  std::unique_ptr<node> home;
  std::unique_ptr<publish_service> api;       ///< null: there is none
  std::unique_ptr<observer_service> observer; ///< null: there is none
  std::unique_ptr<server> web;
  supervisor_spec own_children;
  restart_limit root_limit;
  std::optional<supervision_tree> tree;
  current_actor root_actor; ///< that of `tree`, for other threads
  bool dev_mode = false, is_started = false;
};

} // namespace bennu::engine
