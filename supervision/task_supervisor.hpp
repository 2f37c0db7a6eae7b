#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include <caf/actor.hpp>
#include <caf/duration.hpp>
#include <caf/error.hpp>
#include <caf/expected.hpp>
#include <caf/fwd.hpp>
#include <caf/message.hpp>
#include <caf/sec.hpp>

#include <bennu/supervision/child_spec.hpp>
#include <bennu/supervision/supervisor_commands.hpp>
#include <bennu/supervision/work.hpp>

namespace bennu {

/// How tasks are run.
struct task_supervisor_options {
  /// For reports.
  std::string name = "task_supervisor";

  /// Whether each task has its own thread (about 1 ms to start) and may block. Otherwise tasks run on the threads of
  /// the scheduler and must not block. For many short blocking jobs there is `blocking_pool`.
  bool detached = false;

  /// Beyond it, a task's caller is told `max_children`.
  size_t max_children = std::numeric_limits<size_t>::max();

  /// How long a task that is told to stop may still take: Elixir's default. A running function cannot be interrupted.
  std::chrono::milliseconds shutdown_time = std::chrono::seconds{5};
};

namespace task_message {

/// To a task, as a request: answer with the result. At high priority, so that no exit signal overtakes it.
struct await {};

/// To a task, from its supervisor: begin.
struct go {};

} // namespace task_message

/// What happens to a stream of tasks when one of them takes too long.
enum class on_timeout : uint8_t {
  exit,      ///< the stream fails with `sec::request_timeout`, and its tasks are killed. Elixir's default
  kill_task, ///< that task is killed, its result is `sec::request_timeout`, and the stream goes on
};

/// How a stream of tasks is run. The defaults are Elixir's.
struct async_stream_options {
  /// Tasks that run at the same time; 0: as many as the actor system has threads.
  size_t max_concurrency = 0;

  /// Whether results come in the order of the inputs; else in the order in which the tasks finish.
  bool is_ordered = true;

  /// How long each task may take.
  std::chrono::milliseconds timeout = std::chrono::seconds{5};

  /// What follows when a task takes longer than `timeout`.
  on_timeout when_late = on_timeout::exit;
};

/// What the tasks of a stream returned.
struct task_results {
  std::vector<caf::message> answers; ///< a value, nothing (an empty message), or a `caf::error` alone

  size_t size() const noexcept { return answers.size(); } ///< how many tasks there were

  /// The result of one task: its value, or why it failed. `sec::unexpected_message` when it is of another type.
  template <class T>
  caf::expected<T> at(size_t i) const {
    auto& x = answers.at(i);
    if (x.template match_elements<T>())
      return x.template get_as<T>(0);
    if (x.template match_elements<caf::error>())
      return x.template get_as<caf::error>(0);
    return caf::error{caf::sec::unexpected_message};
  }
};

/// An event-based or a scoped actor, or a pointer to one.
template <class T>
concept asks_for_tasks = requires(T& self) {
  self->home_system();
};

/// Elixir's Task.Supervisor: functions that run beside their callers, as supervised, temporary children.
///
///     task_supervisor tasks;
///     tree.add(tasks.supervised("tasks"));
///     …
///     tasks.async_nolink(self, [=] { return thumbnail(picture); })
///       .then([](const image& x) { … }, [](caf::error& why) { … });
///
/// What a task throws becomes its caller's error value, `exits::crash(text)`, and is reported like any crash
/// (`process.crashed`). A task whose supervisor is stopped (or not running) answers `exits::shutdown`
/// (`exits::crash("no task supervisor")`).
///
/// Thread safety: any thread. Copies are the same supervisor.
class task_supervisor {
public:
  /// Begins without an actor: `supervised` makes the child that runs it.
  explicit task_supervisor(task_supervisor_options options = {});

  /// As the child of a tree: a permanent supervisor. REQUIRES: only one of them runs at a time.
  child_spec supervised(std::string id) const;

  /// The supervisor that runs now, for `which_children_command` and its like; null while there is none.
  caf::actor supervisor() const;

  /// Runs `f` and gives its answer as a request does; `self` is an event-based or a scoped actor. For what `f` may
  /// return see `make_work`.
  ///
  /// Linked: when the caller fails, a task that has not begun ends, and the result of one that runs is discarded; when
  /// the task fails, the caller is told and then ends with the same reason, unless it traps exits.
  template <class Self, class F>
  auto async(Self&& self, F f, std::string label = "task", caf::duration timeout = caf::infinite) const {
    auto task = prepare(self->home_system(), std::move(label), make_work(std::move(f)));
    self->link_to(task);
    auto answer = self->template request<caf::message_priority::high>(task, timeout, task_message::await{});
    supervise(task);
    return answer;
  }

  /// The same without the link: a crash of the task is an error value and has no other effect on the caller.
  template <class Self, class F>
  auto async_nolink(Self&& self, F f, std::string label = "task", caf::duration timeout = caf::infinite) const {
    auto task = prepare(self->home_system(), std::move(label), make_work(std::move(f)));
    auto answer = self->template request<caf::message_priority::high>(task, timeout, task_message::await{});
    supervise(task);
    return answer;
  }

  /// Runs `f(x)` as a task for every `x` of `inputs`, at most `max_concurrency` at a time, and answers `task_results`
  /// when all are done, as a request of `self` does. A task that crashes, or is refused by the supervisor, is an error
  /// among the results, and the others go on. When `self` ends, so do the tasks. Elixir: `async_stream_nolink`, whose
  /// results come one by one; to handle them so, let `f` send them.
  ///
  ///     tasks.async_stream(self, paths, [](const path& x) { return size_of(x); }, {.max_concurrency = 4})
  ///       .then([](const task_results& x) { … x.at<size_t>(0) … }, [](caf::error& why) { … });
  template <class Self, class Range, class F>
  auto async_stream(Self&& self, const Range& inputs, F f, async_stream_options options = {}) const {
    std::vector<work> jobs;
    for (const auto& x : inputs)
      jobs.push_back(make_work([f, x]() mutable { return f(x); }));
    auto stream = spawn_stream(self->home_system(), std::move(jobs), options);
    return self->template request<caf::message_priority::high>(stream, caf::infinite, task_message::await{});
  }

  /// Runs `f` and discards its result; with `restart::transient`, again after each crash until it finishes. Answers how
  /// the start went, as a request of `self` does: `child_started` with the task's actor, or an error:
  /// `supervisor_error::max_children`, `supervisor_error::shutting_down`, or `exits::crash("no task supervisor")`.
  /// Elixir: `start_child`.
  template <class Self, class F>
  requires asks_for_tasks<Self>
  auto start_child(Self&& self, F f, std::string label = "task", restart restart_as = restart::temporary,
                   caf::duration timeout = caf::infinite) const {
    auto command = start_command(make_work(std::move(f)), std::move(label), restart_as);
    return self->template request<caf::message_priority::high>(starter(self->home_system()), timeout,
                                                               std::move(command));
  }

  /// The same without an answer. A task that is refused is reported: `supervisor.start_refused` (`supervisor`, `id`:
  /// its label, `text`).
  template <class F>
  requires(!asks_for_tasks<F>) void start_child(F f, std::string label = "task",
                                                restart restart_as = restart::temporary) const {
    start(start_command(make_work(std::move(f)), std::move(label), restart_as));
  }

private:
  struct shared;

  /// A task that waits until its supervisor starts it.
  caf::actor prepare(caf::actor_system& system, std::string label, work what) const;

  caf::actor spawn_stream(caf::actor_system& system, std::vector<work> jobs, const async_stream_options& options) const;

  /// Hands it to the supervisor; without one, the task ends.
  void supervise(const caf::actor& task) const;

  start_child_command start_command(work what, std::string label, restart restart_as) const;
  void start(start_child_command what) const;

  /// Whom to ask for a start: the supervisor, or one that refuses while there is none.
  caf::actor starter(caf::actor_system& system) const;

  std::shared_ptr<shared> shared_;
};

} // namespace bennu

CAF_ALLOW_UNSAFE_MESSAGE_TYPE(bennu::task_message::await)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(bennu::task_message::go)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(bennu::task_results)
