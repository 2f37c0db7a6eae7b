#include <bennu/supervision/blocking_pool.hpp>

#include <mutex>
#include <stdexcept>

#include <caf/atom.hpp>
#include <caf/event_based_actor.hpp>

#include "supervision/pool/blocking_pool_actor.hpp"
#include "supervision/process/crash_report.hpp"

namespace bennu {

using namespace engine;

std::string to_string(blocking_error code) {
  switch (code) {
    case blocking_error::busy:
      return "busy";
    case blocking_error::stuck:
      return "stuck";
    case blocking_error::shutting_down:
      return "shutting_down";
  }
  return "unknown blocking error";
}

caf::error make_error(blocking_error code) {
  return {static_cast<uint8_t>(code), caf::atom("bennu_pool"), caf::make_message(to_string(code))};
}

struct blocking_pool::shared {
  blocking_pool_options options;
  std::mutex mutex;
  caf::actor_addr live; // not a strong handle, because it may outlive the actor system
};

blocking_pool::blocking_pool(blocking_pool_options options) : shared_(std::make_shared<shared>()) {
  if (options.threads == 0)
    throw std::invalid_argument("a blocking pool needs one thread or more");
  shared_->options = std::move(options);
}

child_spec blocking_pool::supervised(std::string id) const {
  auto start = [shared = shared_](caf::event_based_actor* parent, const start_cause&) -> start_result {
    auto pool = parent->spawn<blocking_pool_actor>(shared->options);
    std::lock_guard guard{shared->mutex};
    shared->live = pool.address();
    return pool;
  };
  // The pool has its own deadline. It then ends by itself and reports what it left behind.
  return child_spec{std::move(id), std::move(start)}.shutdown_as(
    shutdown_policy::within(shared_->options.shutdown_time + std::chrono::seconds{1}));
}

caf::actor blocking_pool::handle() const {
  std::lock_guard guard{shared_->mutex};
  return live_actor(shared_->live);
}

} // namespace bennu
