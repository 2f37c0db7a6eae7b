#include <bennu/supervision/supervisor.hpp>

#include <algorithm>
#include <atomic>
#include <condition_variable>
#include <future>
#include <mutex>
#include <stdexcept>
#include <utility>

#include <caf/actor_system.hpp>
#include <caf/sec.hpp>

#include "supervision/static/supervisor_actor.hpp"
#include <bennu/supervision/child.hpp>
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

// -- supervision_tree ---------------------------------------------------------

/// How a root started and ended. Shared with the root, which may outlive its handle by a moment.
struct supervision_tree::ending {
  std::mutex mutex;
  std::condition_variable changed;
  std::optional<exit_info> how;
  std::vector<std::function<void(const exit_info&)>> listeners;

  void happened(const caf::error& why) {
    std::unique_lock guard{mutex};
    how = classify(why);
    const auto told = *how;
    const auto all = std::exchange(listeners, {});
    changed.notify_all();
    guard.unlock();
    for (auto& f : all)
      f(told);
  }
};

supervision_tree::supervision_tree(caf::actor root) : root_(std::move(root)), ending_(std::make_shared<ending>()) {
  root_->attach_functor([shared = ending_](const caf::error& why) { shared->happened(why); });
}

supervision_tree::supervision_tree(caf::error why) : error_(std::move(why)), ending_(std::make_shared<ending>()) {
  ending_->happened(error_);
}

supervision_tree::~supervision_tree() {
  stop();
}

void supervision_tree::stop() {
  if (!root_)
    return;
  signal_exit(root_, exits::shutdown());
  wait();
  root_ = nullptr;
}

std::optional<exit_info> supervision_tree::end() const {
  std::lock_guard guard{ending_->mutex};
  return ending_->how;
}

exit_info supervision_tree::wait() const {
  std::unique_lock guard{ending_->mutex};
  ending_->changed.wait(guard, [this] { return ending_->how.has_value(); });
  return *ending_->how;
}

void supervision_tree::on_end(std::function<void(const exit_info&)> told) const {
  std::unique_lock guard{ending_->mutex};
  if (!ending_->how)
    return ending_->listeners.push_back(std::move(told));
  const auto how = *ending_->how;
  guard.unlock();
  told(how);
}

// -- supervisor_spec ----------------------------------------------------------

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
  require(check(*this));
  struct boot {
    std::promise<std::optional<caf::error>> outcome;
    std::atomic_flag told = ATOMIC_FLAG_INIT;
    void tell(std::optional<caf::error> failure) {
      if (!told.test_and_set())
        outcome.set_value(std::move(failure));
    }
  };
  auto first = std::make_shared<boot>();
  auto outcome = first->outcome.get_future();
  supervision_tree tree{system.spawn<supervisor_actor>(*this, [first] { first->tell(std::nullopt); })};
  tree.root()->attach_functor([first](const caf::error& why) { first->tell(why); });
  if (auto failure = outcome.get())
    return supervision_tree{*failure ? std::move(*failure) : exits::crash("the root ended during its start")};
  return tree;
}

caf::actor supervisor_spec::spawn(caf::actor_system& system) const {
  require(check(*this));
  return system.spawn<supervisor_actor>(*this);
}

child_spec supervisor_spec::supervised(std::string id) const {
  require(check(*this));
  return child<supervisor_actor>(std::move(id), *this).as_supervisor();
}

} // namespace bennu
