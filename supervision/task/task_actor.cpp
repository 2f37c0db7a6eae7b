#include "supervision/task/task_actor.hpp"

#include <utility>

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

// The base class reports an exception and ends this actor. An error that is returned is an answer like others: the task did its
// work.
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

} // namespace bennu::engine
