#include "supervision/task/task_actor.hpp"

#include <algorithm>
#include <utility>

#include <caf/actor_system.hpp>
#include <caf/make_message.hpp>
#include <caf/scheduler/abstract_coordinator.hpp>
#include <caf/sec.hpp>
#include <caf/typed_response_promise.hpp>

#include <bennu/supervision/exit.hpp>

namespace bennu::engine {

task_actor::task_actor(caf::actor_config& cfg, std::string label, work what)
  : process(cfg), label_(std::move(label)), work_(std::move(what)) {}

caf::behavior task_actor::make_behavior() {
  return {
    [this](task_message::await) { awaited_ = make_response_promise(); },
    [this](task_message::go) { run(); },
  };
}

// The base class reports an exception and ends this actor. An error that is returned is an answer like others: the task
// did its work.
void task_actor::run() {
  auto answer = std::exchange(work_, nullptr)();
  if (awaited_.pending())
    awaited_.deliver(std::move(answer));
  quit();
}

void task_actor::on_exit() {
  work_ = nullptr;
  if (awaited_.pending())
    awaited_.deliver(fail_state() ? fail_state() : exits::shutdown());
}

task_stream::task_stream(caf::actor_config& cfg, starter begin, std::vector<work> jobs, async_stream_options options)
  : process(cfg), begin_(std::move(begin)), jobs_(std::move(jobs)), options_(options) {
  if (options_.max_concurrency == 0)
    options_.max_concurrency = std::max<size_t>(1, system().scheduler().num_workers());
  results_.answers.resize(jobs_.size());
  set_down_handler([this](caf::down_msg&) { quit(); });
}

caf::behavior task_stream::make_behavior() {
  return {[this](task_message::await) {
    if (auto asker = current_sender())
      monitor(caf::actor_cast<caf::actor>(asker));
    asker_ = make_response_promise();
    start_more();
  }};
}

void task_stream::on_exit() {
  for (auto& [job, task] : std::exchange(running_, {}))
    signal_exit(task, exits::kill(), address());
  jobs_.clear();
  begin_ = nullptr;
  if (asker_.pending())
    asker_.deliver(fail_state() ? fail_state() : exits::shutdown());
}

void task_stream::start_more() {
  while (next_ < jobs_.size() && running_.size() < options_.max_concurrency)
    start(next_++);
  if (!running_.empty() || !asker_.pending())
    return;
  if (!options_.is_ordered) {
    std::vector<caf::message> sorted;
    for (auto job : order_)
      sorted.push_back(std::move(results_.answers[job]));
    results_.answers = std::move(sorted);
  }
  asker_.deliver(std::move(results_));
  quit();
}

void task_stream::start(size_t job) {
  auto run = [what = std::exchange(jobs_[job], nullptr)] { return caf::make_message(stream_item{what()}); };
  begin_(std::move(run), [this, job](const caf::actor& task) {
    running_.emplace(job, task);
    request<caf::message_priority::high>(task, options_.timeout, task_message::await{})
      .then([this, job](stream_item& x) { finish(job, std::move(x.answer)); },
            [this, job](caf::error& why) { fail(job, why); });
  });
}

void task_stream::finish(size_t job, caf::message answer) {
  running_.erase(job);
  order_.push_back(job);
  results_.answers[job] = std::move(answer);
  start_more();
}

void task_stream::fail(size_t job, caf::error& why) {
  if (why == caf::sec::request_timeout) {
    if (options_.when_late == on_timeout::exit) {
      asker_.deliver(std::move(why));
      return quit();
    }
    signal_exit(running_[job], exits::kill(), address());
  }
  finish(job, caf::make_message(std::move(why)));
}

} // namespace bennu::engine
