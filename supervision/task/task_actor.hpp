#pragma once

#include <string>

#include <caf/response_promise.hpp>

#include <bennu/supervision/process.hpp>
#include <bennu/supervision/task_supervisor.hpp>
#include <bennu/supervision/work.hpp>

namespace bennu::engine {

/// What runs one function for a `task_supervisor`. Accepts `task_message::await`, a request that it answers when all is over, and
/// `task_message::go`, upon which it runs the function and ends: normally, or crashed.
///
/// Started by whoever wants the task, and kept by the task supervisor (temporary, unless told otherwise). However it ends, the one
/// who awaits it is answered.
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

} // namespace bennu::engine
