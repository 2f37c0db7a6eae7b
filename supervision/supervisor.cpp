#include <bennu/supervision/supervisor.hpp>

#include <algorithm>
#include <stdexcept>

#include <caf/actor_system.hpp>
#include <caf/scoped_actor.hpp>
#include <caf/sec.hpp>

#include "supervision/static/supervisor_actor.hpp"
#include <bennu/supervision/process.hpp>

namespace bennu {

using namespace engine;

caf::error check(const supervisor_spec& spec) {
  if (spec.how() > strategy::rest_for_one)
    return caf::make_error(caf::sec::invalid_argument, "the strategy must be one_for_one, one_for_all or rest_for_one");
  if (auto fault = check(spec.when()))
    return fault;
  if (auto fault = check(spec.limit(), "the intensity of a supervisor"))
    return fault;
  for (auto& x : spec.children())
    if (auto fault = check(x, spec.when()))
      return fault;
  return {};
}

supervision_tree::supervision_tree(caf::actor_system& system, caf::actor root) noexcept
  : system_(&system), root_(std::move(root)) {}

supervision_tree::~supervision_tree() {
  stop();
}

void supervision_tree::stop() {
  if (!root_)
    return;
  caf::scoped_actor waiter{*system_};
  signal_exit(root_, exits::shutdown());
  waiter->wait_for(root_);
  root_ = nullptr;
}

supervisor_spec& supervisor_spec::add(child_spec spec) & {
  require(check(spec));
  if (std::any_of(children_.begin(), children_.end(), [&](auto& x) { return x.id == spec.id; }))
    throw std::invalid_argument("a supervisor's children need different ids: '" + spec.id + "' is taken");
  children_.push_back(std::move(spec));
  return *this;
}

supervisor_spec&& supervisor_spec::add(child_spec spec) && {
  return std::move(add(std::move(spec)));
}

supervision_tree supervisor_spec::start(caf::actor_system& system) const {
  return supervision_tree{system, spawn(system)};
}

caf::actor supervisor_spec::spawn(caf::actor_system& system) const {
  require(check(*this));
  return system.spawn<supervisor_actor>(*this, caf::actor{});
}

child_spec supervisor_spec::supervised(std::string id) const {
  require(check(*this));
  auto start = [spec = *this](caf::event_based_actor* parent, const start_cause&) {
    return start_result::pending(parent->spawn<supervisor_actor>(spec, caf::actor{parent}));
  };
  return child_spec{std::move(id), std::move(start)}.as_supervisor();
}

} // namespace bennu
