#include <bennu/supervision/task_supervisor.hpp>

#include <mutex>

#include <caf/actor_addr.hpp>
#include <caf/actor_system.hpp>
#include <caf/event_based_actor.hpp>
#include <caf/result.hpp>
#include <caf/send.hpp>

#include "supervision/process/crash_report.hpp"
#include "supervision/task/task_actor.hpp"
#include <bennu/supervision/dynamic_supervisor.hpp>

namespace bennu {

using namespace engine;

struct task_supervisor::shared {
  task_supervisor_options options;
  child_policy policies[3]; // by restart
  std::mutex mutex;
  caf::actor_addr supervisor;

  caf::actor spawn(caf::actor_system& system, std::string label, work what) const {
    return options.detached ? system.spawn<task_actor, caf::detached>(std::move(label), std::move(what))
                            : system.spawn<task_actor>(std::move(label), std::move(what));
  }

  const child_policy& policy(restart x) const noexcept { return policies[static_cast<size_t>(x)]; }
};

namespace {

/// A task that exists and waits for its start. If no supervisor starts it, it ends with the recipe.
class waiting_task : public child_recipe {
public:
  waiting_task(std::shared_ptr<const child_policy> policy, caf::actor task)
    : policy_(std::move(policy)), task_(std::move(task)) {}

  ~waiting_task() override { signal_exit(task_, exits::crash("no task supervisor")); }

  const child_policy& policy() const noexcept override { return *policy_; }
  std::string id() const override { return "task"; }

  start_result start(caf::event_based_actor*, const start_cause&) override {
    caf::anon_send(task_, task_message::go{});
    return std::exchange(task_, nullptr);
  }

  void given_up(const exit_info& last) override {
    auto reason = last.kind == exit_kind::shutdown ? exits::shutdown(last.text) : exits::crash(last.text);
    signal_exit(std::exchange(task_, nullptr), std::move(reason));
  }

private:
  std::shared_ptr<const child_policy> policy_;
  caf::actor task_;
};

/// A task that starts as often as its restart type says.
class repeated_task : public child_recipe {
public:
  using spawn_function = std::function<caf::actor(caf::actor_system&)>;

  repeated_task(std::shared_ptr<const child_policy> policy, std::string label, spawn_function spawn)
    : policy_(std::move(policy)), label_(std::move(label)), spawn_(std::move(spawn)) {}

  const child_policy& policy() const noexcept override { return *policy_; }
  std::string id() const override { return label_; }

  start_result start(caf::event_based_actor* parent, const start_cause&) override {
    auto task = spawn_(parent->system());
    caf::anon_send(task, task_message::go{});
    return task;
  }

private:
  std::shared_ptr<const child_policy> policy_;
  std::string label_;
  spawn_function spawn_;
};

} // namespace

task_supervisor::task_supervisor(task_supervisor_options options) : shared_(std::make_shared<shared>()) {
  shared_->options = std::move(options);
  for (auto type : {restart::permanent, restart::transient, restart::temporary}) {
    auto& policy = shared_->policies[static_cast<size_t>(type)];
    policy.restart_type = type;
    policy.shutdown = shutdown_policy::within(shared_->options.shutdown_time);
  }
}

child_spec task_supervisor::supervised(std::string id) const {
  dynamic_supervisor_options pool;
  pool.name = shared_->options.name;
  pool.max_children = shared_->options.max_children;
  auto result = dynamic_supervisor(std::move(pool));
  result.id = std::move(id);
  result.start = [shared = shared_, start = std::move(result.start)](caf::event_based_actor* parent,
                                                                     const start_cause& cause) {
    auto started = start(parent, cause);
    std::lock_guard guard{shared->mutex};
    shared->supervisor = started.child().address();
    return started;
  };
  return result;
}

caf::actor task_supervisor::supervisor() const {
  std::lock_guard guard{shared_->mutex};
  return live_actor(shared_->supervisor);
}

caf::actor task_supervisor::prepare(caf::actor_system& system, std::string label, work what) const {
  return shared_->spawn(system, std::move(label), std::move(what));
}

caf::actor task_supervisor::spawn_stream(caf::actor_system& system, std::vector<work> jobs,
                                         const async_stream_options& options) const {
  task_stream::starter begin = [tasks = *this, &system](work job, const std::function<void(const caf::actor&)>& ask) {
    auto task = tasks.prepare(system, "task", std::move(job));
    ask(task);
    tasks.supervise(task);
  };
  return system.spawn<task_stream>(std::move(begin), std::move(jobs), options);
}

void task_supervisor::supervise(const caf::actor& task) const {
  std::shared_ptr<const child_policy> policy{shared_, &shared_->policy(restart::temporary)};
  child_recipe_ptr recipe{new waiting_task{std::move(policy), task}, false};
  if (auto live = supervisor())
    bennu::start_child(live, std::move(recipe));
}

start_child_command task_supervisor::start_command(work what, std::string label, restart restart_as) const {
  std::shared_ptr<const child_policy> policy{shared_, &shared_->policy(restart_as)};
  auto spawn = [shared = shared_, label, what = std::move(what)](caf::actor_system& system) {
    return shared->spawn(system, label, what);
  };
  return {child_recipe_ptr{new repeated_task{std::move(policy), std::move(label), std::move(spawn)}, false}};
}

void task_supervisor::start(start_child_command what) const {
  if (auto live = supervisor())
    bennu::start_child(live, std::move(what.recipe));
  // Without a supervisor there is no system to which to report it; `start_child` with a `self` returns the error.
}

caf::actor task_supervisor::starter(caf::actor_system& system) const {
  if (auto live = supervisor())
    return live;
  auto refuse_once = [](caf::event_based_actor* self, caf::unit_t) -> caf::behavior {
    return {[self](const start_child_command&) -> caf::result<child_started> {
      self->quit();
      return exits::crash("no task supervisor");
    }};
  };
  return system.spawn(refuse_once, caf::unit);
}

} // namespace bennu
