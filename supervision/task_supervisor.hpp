#pragma once

#include <chrono>
#include <cstddef>
#include <limits>
#include <memory>
#include <string>
#include <utility>

#include <caf/actor.hpp>
#include <caf/duration.hpp>
#include <caf/fwd.hpp>
#include <caf/message.hpp>

#include <bennu/supervision/child_spec.hpp>
#include <bennu/supervision/work.hpp>

namespace bennu {

/// How tasks are run.
struct task_supervisor_options {
  /// For reports.
  std::string name = "task_supervisor";

  /// A thread for each task (about 1 ms to start): tasks may then block. Off, they run where all actors run, and must not.
  /// For many short blocking jobs, see `blocking_pool`.
  bool detached = false;

  /// Beyond it, a task's caller is told `max_children`.
  std::size_t max_children = std::numeric_limits<std::size_t>::max();

  /// Elixir's default: what a task that is told to stop may still take. A running function cannot be interrupted.
  std::chrono::milliseconds shutdown_time = std::chrono::seconds{5};
};

namespace task_message {

/// To a task, as a request: tell me how it went. At high priority, so that no exit signal overtakes it.
struct await {};

/// To a task, from its supervisor: begin.
struct go {};

} // namespace task_message

/// Elixir's Task.Supervisor: functions that run beside their callers, as supervised, temporary children.
///
///     task_supervisor tasks;
///     tree.add(tasks.supervised("tasks"));
///     …
///     tasks.async_nolink(self, [=] { return thumbnail(picture); })
///       .then([](const image& x) { … }, [](caf::error& why) { … });
///
/// What a task throws is its caller's error value, `exits::crash(text)`, and is reported as any crash (`process.crashed`).
/// A task whose supervisor is stopped (or not running) answers `exits::shutdown` (`exits::crash("no task supervisor")`).
///
/// Thread safety: any thread. Copies are the same supervisor.
class task_supervisor {
public:
  explicit task_supervisor(task_supervisor_options options = {});

  /// As the child of a tree: a permanent supervisor. REQUIRES: one of them runs at a time.
  child_spec supervised(std::string id) const;

  /// The supervisor now, to be asked by `which_children_command` and its like; null while there is none.
  caf::actor supervisor() const;

  /// Runs `f` and gives its answer as a request does; `self` is an event-based or a scoped actor. For what `f` may return see `make_work`.
  ///
  /// Linked: when the caller fails, the task ends before it begins, or its answer is nobody's; when the task fails, the caller
  /// is told and then ends with the same reason, unless it traps exits.
  template <class Self, class F>
  auto async(Self&& self, F f, std::string label = "task", caf::duration timeout = caf::infinite) const {
    auto task = prepare(self->home_system(), std::move(label), make_work(std::move(f)));
    self->link_to(task);
    auto answer = self->template request<caf::message_priority::high>(task, timeout, task_message::await{});
    supervise(task);
    return answer;
  }

  /// The same without the link: a crash of the task is an error value, and no more.
  template <class Self, class F>
  auto async_nolink(Self&& self, F f, std::string label = "task", caf::duration timeout = caf::infinite) const {
    auto task = prepare(self->home_system(), std::move(label), make_work(std::move(f)));
    auto answer = self->template request<caf::message_priority::high>(task, timeout, task_message::await{});
    supervise(task);
    return answer;
  }

  /// Runs `f`, whose answer is nobody's. With `restart::transient` it is run again after a crash, until it comes to its end.
  template <class F>
  void start_child(F f, std::string label = "task", restart restart_as = restart::temporary) const {
    start(make_work(std::move(f)), std::move(label), restart_as);
  }

private:
  struct shared;

  /// A task that waits for its supervisor's word.
  caf::actor prepare(caf::actor_system& system, std::string label, work what) const;

  /// Hands it to the supervisor; without one, the task ends.
  void supervise(const caf::actor& task) const;

  void start(work what, std::string label, restart restart_as) const;

  std::shared_ptr<shared> shared_;
};

} // namespace bennu

CAF_ALLOW_UNSAFE_MESSAGE_TYPE(bennu::task_message::await)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(bennu::task_message::go)
