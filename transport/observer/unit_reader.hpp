#pragma once

#include <atomic>
#include <cstddef>
#include <functional>
#include <memory>
#include <string>

#include <caf/response_promise.hpp>

#include "supervision/process/local_message.hpp"
#include <bennu/supervision/child_spec.hpp>
#include <bennu/supervision/process.hpp>

namespace bennu::engine {

class current_actor;
struct unit_services;

/// Something to read on the thread of an io unit, in steps that are so short that the clients of the unit notice
/// nothing: some hundred rows, or 50 µs. Whoever asked for it reads its result after the answer.
class unit_task {
public:
  virtual ~unit_task() = default;

  /// @returns false when it is done.
  virtual bool step(unit_services& of) = 0;

  /// Nobody waits for it any more: it ends at its next step. Any thread may set it.
  std::atomic<bool> is_unwanted{false};
};

using unit_task_ptr = std::shared_ptr<unit_task>;

/// A request to a `unit_reader`, which is answered when the task is done.
struct run_unit_task {
  using local_message = void;
  unit_task_ptr what;
};

/// Carries out the tasks of observers on one io unit, step by step and between its other work.
///
/// Accepts `run_unit_task`. The supervisor of the observer starts one for each io unit, `permanent`. A task that throws
/// crashes it: that question, and those that it was busy with, get no answer from this unit.
/// Thread safety: pinned to its unit.
class unit_reader : public process {
public:
  unit_reader(caf::actor_config& config, unit_services& of);
  std::string label() const override;
  resume_result resume(caf::execution_unit* host, size_t) override { return process::resume(host, 1); }

protected:
  caf::behavior make_behavior() override;

private:
  struct next_step {
    using local_message = void;
    unit_task_ptr what;
    std::shared_ptr<caf::response_promise> asker;
  };
  void run(const next_step& x);

  unit_services& of_;
};

child_spec unit_reader_child(unit_services& of, current_actor& place);

} // namespace bennu::engine
