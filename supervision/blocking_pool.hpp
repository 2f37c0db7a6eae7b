#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <utility>

#include <caf/actor.hpp>
#include <caf/error.hpp>
#include <caf/message.hpp>

#include <bennu/supervision/child_spec.hpp>
#include <bennu/supervision/work.hpp>

namespace bennu {

/// Why a pool refused a job or gave it up.
enum class blocking_error : uint8_t {
  busy = 1,      ///< the maximum of jobs is waiting
  stuck,         ///< the job runs longer than allowed; its result will be ignored
  shutting_down, ///< the pool stops and has not begun the job, or no longer waits for its end
};

/// The name of the enumerator.
std::string to_string(blocking_error code);

/// Makes it a CAF error: `caf::error e = blocking_error::busy`.
caf::error make_error(blocking_error code);

/// The options of a pool, with the reason for each default.
struct blocking_pool_options {
  /// Its name in reports.
  std::string name = "blocking_pool";

  /// How many jobs run at the same time; a thread starts when a job finds none that is idle. 4: enough to keep a disk
  /// or a database busy, few enough for one core.
  size_t threads = 4;

  /// How many jobs may wait for a thread. A further one is refused with `blocking_error::busy`. 1000: a quarter of a
  /// second of jobs that take 1 ms.
  size_t max_queued = 1000;

  /// The maximum time of a job. A job that runs longer is answered with `blocking_error::stuck`; its thread is
  /// reported and abandoned, and another thread replaces it. Unset: no limit.
  std::optional<std::chrono::milliseconds> max_job_time = {};

  /// How many abandoned threads there may be. At this bound no thread is replaced, so that a broken disk does not use
  /// up all memory.
  size_t max_left_behind = 16;

  /// Whether jobs run in the actor of the pool, one after another and without threads. For virtual time, where a run
  /// must be repeatable.
  bool in_place = false;

  /// With `in_place`: a job for whose label this returns true waits. For tests that decide when a job ends. Empty: no
  /// job waits.
  std::function<bool(const std::string& label)> holds_back = {};

  /// How long a pool that stops waits for its running jobs. Afterwards it ends without them.
  std::chrono::milliseconds shutdown_time = std::chrono::seconds{5};
};

/// A command: run a job on a thread of the pool. The answer is the message that `work` returns: an empty one for no
/// value, one with only a `caf::error` for a failure, `exits::crash(text)` when `work` throws; or a `blocking_error`.
///
/// When it is sent as a message instead of a request, the job runs without an answer. `work` is called once.
struct blocking_job {
  bennu::work work;          ///< called once, on a thread of the pool
  std::string label = "job"; ///< its name in reports
};

/// Makes a job of `f`; see `make_work` for what `f` may return.
template <class F>
blocking_job make_blocking_job(F f, std::string label = "job") {
  return {make_work(std::move(f)), std::move(label)};
}

/// A few threads for blocking work (files, databases, password hashes), so that no io unit ever blocks. It is an
/// actor that answers when the work is done.
///
///     blocking_pool disk{{.name = "disk", .threads = 2}};
///     tree.add(disk.supervised("disk"));
///     …
///     self->request(disk.handle(), caf::infinite, make_blocking_job([=] { return read(path); }))
///       .then([](const std::string& text) { … }, [](caf::error& why) { … });
///
/// A job that throws does not affect other jobs. A job that never returns cannot be killed: it is reported and its
/// thread is abandoned. Neither the work of the pool nor its end waits for it without a limit. A pool that is killed
/// answers its callers with `blocking_error::shutting_down`; its supervisor restarts it.
///
/// Telemetry: `blocking_pool.crashed` (`pool`, `job`, `text`), `blocking_pool.refused` and `blocking_pool.stuck`
/// (`pool`, `job`, `why`), `blocking_pool.left_behind` (`pool`, `job`: its thread was abandoned),
/// `blocking_pool.no_thread` (`pool`, `job`, `text`: the system refused a further thread; the others go on).
///
/// Thread safety: any thread may call it. Copies are the same pool.
class blocking_pool {
public:
  /// @throws std::invalid_argument when `options.threads` is 0.
  explicit blocking_pool(blocking_pool_options options = {});

  /// The pool as a child of a supervision tree: a permanent worker. REQUIRES: at most one of them runs at a time.
  child_spec supervised(std::string id) const;

  /// The actor that takes jobs; null while none runs. It changes after a restart.
  caf::actor handle() const;

private:
  struct shared;
  std::shared_ptr<shared> shared_;
};

} // namespace bennu

CAF_ALLOW_UNSAFE_MESSAGE_TYPE(bennu::blocking_job)
