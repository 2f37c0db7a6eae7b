#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
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

/// Why a pool did not do a job, or does not wait for it any more.
enum class blocking_error : std::uint8_t {
  busy = 1,      ///< as many jobs wait as may wait
  stuck,         ///< it runs longer than it may; what it still does is ignored
  shutting_down, ///< the pool stops, and had not begun it, or does not wait for its end
};

std::string to_string(blocking_error code);

/// For CAF: `error e = blocking_error::busy`.
caf::error make_error(blocking_error code);

/// How a pool is run.
struct blocking_pool_options {
  /// For reports.
  std::string name = "blocking_pool";

  /// Jobs that run at the same time. 4: enough to keep a disk or a database busy, few enough to be forgotten on one core.
  std::size_t threads = 4;

  /// Jobs that may wait for a thread; one more is refused with `blocking_error::busy`. At 1 ms a job, 1000 are a quarter of a second.
  std::size_t max_queued = 1000;

  /// A job that runs longer is answered `blocking_error::stuck`, its thread is reported and left behind, and another thread takes
  /// its place. Unset: a job may take as long as it likes.
  std::optional<std::chrono::milliseconds> max_job_time = {};

  /// Threads left behind by stuck jobs at the same time; beyond it none is replaced, so that a broken disk does not eat all memory.
  std::size_t max_left_behind = 16;

  /// Jobs run in the pool's own actor, one after another, and there are no threads: for virtual time, where a run must replay.
  bool in_place = false;

  /// How long the pool, told to stop, waits for the jobs that run. Then it goes without them.
  std::chrono::milliseconds shutdown_time = std::chrono::seconds{5};
};

/// Command: run this on a thread of the pool. Answers the message that `work` returns: an empty one when there is nothing to say, one
/// with a `caf::error` alone for a failure; `exits::crash(text)` when `work` throws; else a `blocking_error`.
///
/// As an ordinary message it is run, and nobody is told. `work` is called once, on a thread of the pool.
struct blocking_job {
  bennu::work work;
  std::string label = "job"; ///< for reports
};

/// `f` as a job: see `make_work` for what it may return.
template <class F>
blocking_job make_blocking_job(F f, std::string label = "job") {
  return {make_work(std::move(f)), std::move(label)};
}

/// A few threads for work that blocks (files, databases, password hashes), so that no io unit ever does: an actor that answers when
/// the work is done.
///
///     blocking_pool disk{{.name = "disk", .threads = 2}};
///     tree.add(disk.supervised("disk"));
///     …
///     self->request(disk.handle(), caf::infinite, make_blocking_job([=] { return read(path); }))
///       .then([](const std::string& text) { … }, [](caf::error& why) { … });
///
/// A job that throws harms nobody else. A job that never returns cannot be killed: it is reported (`blocking_pool.left_behind`) and
/// its thread left behind; neither its pool's work nor its pool's end waits for it for ever.
///
/// Emits `blocking_pool.crashed` (`pool`, `job`, `text`), `blocking_pool.refused` and `blocking_pool.stuck` (`pool`, `job`, `why`),
/// `blocking_pool.left_behind` (`pool`, `job`: its thread was given up).
///
/// Thread safety: any thread. Copies are the same pool.
class blocking_pool {
public:
  /// @throws std::invalid_argument when it is to have no threads.
  explicit blocking_pool(blocking_pool_options options = {});

  /// The pool as a child of a tree: a permanent worker. REQUIRES: one of them runs at a time.
  child_spec supervised(std::string id) const;

  /// The actor that takes jobs now; null while none runs. It is another one after a restart.
  caf::actor handle() const;

private:
  struct shared;
  std::shared_ptr<shared> shared_;
};

} // namespace bennu

CAF_ALLOW_UNSAFE_MESSAGE_TYPE(bennu::blocking_job)
