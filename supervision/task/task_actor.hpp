#pragma once

#include <cstddef>
#include <functional>
#include <map>
#include <string>
#include <vector>

#include <caf/response_promise.hpp>

#include "supervision/process/local_message.hpp"
#include <bennu/supervision/process.hpp>
#include <bennu/supervision/task_supervisor.hpp>
#include <bennu/supervision/work.hpp>

namespace bennu::engine {

/// Runs one function for a `task_supervisor`. It accepts `task_message::await`, a request that it answers at the end,
/// and `task_message::go`, on which it runs the function and ends, normally or with a crash.
///
/// Started by the caller of the task supervisor, which then supervises it (temporary, unless told otherwise). However
/// it ends, it answers the request for its result.
class task_actor : public process {
public:
  task_actor(caf::actor_config& cfg, std::string label, work what);

  std::string label() const override { return label_; }
  void on_exit() override;

protected:
  caf::behavior make_behavior() override;

private:
  void run();

  std::string label_;
  work work_;
  caf::response_promise awaited_;
};

/// To a `task_stream`, from one of its tasks: what the job returned.
struct stream_item {
  using local_message = void;
  caf::message answer;
};

/// Runs the tasks of one `task_supervisor::async_stream`. Accepts `task_message::await`, a request that it answers with
/// `task_results` when all tasks are done; then it ends.
///
/// The caller of `async_stream` starts it, and it has no supervisor: when the caller ends, it kills its tasks and ends,
/// too.
class task_stream : public process {
public:
  /// Makes a task of this job, has `ask` send it the request for its result, and hands it to the task supervisor.
  using starter = std::function<void(work job, const std::function<void(const caf::actor&)>& ask)>;

  task_stream(caf::actor_config& cfg, starter begin, std::vector<work> jobs, async_stream_options options);

  void on_exit() override;

protected:
  caf::behavior make_behavior() override;

private:
  void start_more();
  void start(size_t job);
  void finish(size_t job, caf::message answer);
  void fail(size_t job, caf::error& why);

  starter begin_;
  std::vector<work> jobs_;
  async_stream_options options_;
  caf::response_promise asker_;
  size_t next_ = 0;
  std::map<size_t, caf::actor> running_; // by job
  task_results results_;
  std::vector<size_t> order_; // the jobs in the order in which they finished
};

} // namespace bennu::engine
