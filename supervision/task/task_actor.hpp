#pragma once

#include <string>

#include <caf/response_promise.hpp>

#include <bennu/supervision/process.hpp>
#include <bennu/supervision/task_supervisor.hpp>
#include <bennu/supervision/work.hpp>

namespace bennu::engine {

/// Runs one function for a `task_supervisor`. It accepts `task_message::await`, a request that it answers at the end,
/// and `task_message::go`, on which it runs the function and ends, normally or with a crash.
///
/// Started by the caller of the task supervisor, which then supervises it (temporary, unless told otherwise). However it ends, whoever
/// awaits it is answered.
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
