#include "supervision/pool/blocking_pool_actor.hpp"

#include <system_error>
#include <utility>

#include "supervision/children/parent.hpp"
#include "supervision/children/reports.hpp"
#include <bennu/supervision/telemetry.hpp>

namespace bennu::engine {

blocking_pool_actor::blocking_pool_actor(caf::actor_config& cfg, blocking_pool_options options)
  : process(cfg), options_(std::move(options)) {
  obey_parent_alone(*this, cfg, [this](caf::error reason) { stop(std::move(reason)); });
}

caf::behavior blocking_pool_actor::make_behavior() {
  queue_ = std::make_shared<blocking_queue>(address(), options_.max_job_time.has_value());
  return {
    [this](blocking_job& x) { take(x); },
    [this](blocking_message::done& x) { finished(x); },
    [this](const blocking_message::begun& x) {
      delayed_send(this, *options_.max_job_time, blocking_message::time_over{x.worker, x.job});
    },
    [this](const blocking_message::time_over& x) { over(x); },
    [this](const blocking_message::gone& x) { ended(x.worker); },
    [this](const blocking_message::run_held&) {
      for (auto& [number, job] : std::exchange(held_, {}))
        run_in_place(number, std::move(job));
    },
  };
}

void blocking_pool_actor::on_exit() {
  if (!queue_)
    return;
  queue_->stop();
  queue_->disown();
  while (!threads_.empty())
    leave_behind(threads_.begin()->first);
  while (!jobs_.empty())
    give_up(jobs_.begin()->first, blocking_error::shutting_down);
  queue_.reset();
}

// -- jobs ---------------------------------------------------------------------

void blocking_pool_actor::take(blocking_job& job) {
  auto promise = promise_for(*this);
  if (stopping_ || !job.work || jobs_.size() >= capacity()) {
    auto why = stopping_  ? make_error(blocking_error::shutting_down)
               : job.work ? make_error(blocking_error::busy)
                          : exits::crash("a job needs a function to call");
    report("blocking_pool.refused", job.label, classify(why).text);
    if (promise.pending())
      promise.deliver(std::move(why));
    return;
  }
  jobs_.emplace(++last_job_, pending{std::move(promise), job.label});
  if (options_.in_place)
    return run_in_place(last_job_, std::move(job));
  queue_->push(last_job_, std::move(job));
  start_worker_if_short();
}

void blocking_pool_actor::run_in_place(job_number number, blocking_job job) {
  if (options_.holds_back && options_.holds_back(job.label)) {
    held_.emplace_back(number, std::move(job));
    return;
  }
  blocking_message::done at_once{number, blocking_queue::run(std::move(job))};
  finished(at_once);
}

void blocking_pool_actor::finished(blocking_message::done& x) {
  auto node = jobs_.extract(x.job);
  if (node.empty())
    return; // was given up before
  auto& job = node.mapped();
  if (x.answer.match_elements<caf::error>())
    if (auto& why = x.answer.get_as<caf::error>(0); classify(why).kind == exit_kind::crashed)
      report("blocking_pool.crashed", job.label, classify(why).text);
  if (job.promise.pending())
    job.promise.deliver(std::move(x.answer));
}

void blocking_pool_actor::over(const blocking_message::time_over& x) {
  if (x.job == 0)
    return quit(std::move(stop_reason_)); // on_exit leaves the running threads behind
  if (!give_up(x.job, blocking_error::stuck) || left_behind_ >= options_.max_left_behind)
    return;
  ++left_behind_;
  queue_->retire(x.worker);
  leave_behind(x.worker);
  if (stopping_ && threads_.empty())
    quit(std::move(stop_reason_));
  else if (!stopping_)
    start_worker_if_short();
}

bool blocking_pool_actor::give_up(job_number number, blocking_error why) {
  auto node = jobs_.extract(number);
  if (node.empty())
    return false; // the job ended in time
  auto& [promise, label] = node.mapped();
  report(why == blocking_error::stuck ? "blocking_pool.stuck" : "blocking_pool.refused", label, to_string(why));
  if (promise.pending())
    promise.deliver(make_error(why));
  return true;
}

// -- threads ------------------------------------------------------------------

// Threads start when there is work for them: a pool of 64 whose jobs never overlap has one.
void blocking_pool_actor::start_worker_if_short() {
  if (threads_.size() >= options_.threads || !queue_->is_short_of_workers())
    return;
  try {
    auto worker = ++last_worker_;
    threads_.emplace(worker, blocking_queue::start_worker(queue_, worker));
  } catch (const std::system_error& e) { // the system has no thread to give
    report("blocking_pool.no_thread", {}, e.what());
    if (threads_.empty()) // nothing would ever run the job
      throw;
  }
}

// The jobs that may be accepted and unanswered at one time.
size_t blocking_pool_actor::capacity() const noexcept {
  return (options_.in_place ? 0 : options_.threads) + options_.max_queued;
}

void blocking_pool_actor::ended(worker_number worker) {
  auto node = threads_.extract(worker);
  if (node.empty()) {
    --left_behind_; // a stuck thread has returned
    return;
  }
  node.mapped().join(); // its message to this actor was its last action
  if (stopping_ && threads_.empty())
    quit(std::move(stop_reason_));
}

void blocking_pool_actor::leave_behind(worker_number worker) {
  if (auto job = queue_->current_job(worker))
    report("blocking_pool.left_behind", *job);
  auto node = threads_.extract(worker);
  if (!node.empty())
    node.mapped().detach();
}

// -- shutdown -----------------------------------------------------------------

void blocking_pool_actor::stop(caf::error reason) {
  if (stopping_)
    return;
  stopping_ = true;
  stop_reason_ = std::move(reason);
  for (auto number : queue_->stop())
    give_up(number, blocking_error::shutting_down);
  delayed_send(this, options_.shutdown_time, blocking_message::time_over{});
  if (threads_.empty())
    quit(std::move(stop_reason_));
}

void blocking_pool_actor::report(const char* event, const std::string& job, const std::string& text) {
  if (auto* hub = telemetry::listening(system()))
    hub->emit(event, {}, {{"pool", options_.name}, {"job", job}, {"text", text}});
}

} // namespace bennu::engine
