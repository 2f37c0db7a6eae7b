#pragma once

#include <mutex>

#include <caf/actor.hpp>

#include <bennu/supervision/child_spec.hpp>

namespace bennu::engine {

/// Holds the current incarnation of a supervised actor. Thread safety: any thread may read and write it.
class actor_slot {
public:
  caf::actor get() const {
    std::lock_guard guard{mutex_};
    return actor_;
  }

  void set(caf::actor x) {
    std::lock_guard guard{mutex_};
    std::swap(actor_, x);
  }

private:
  mutable std::mutex mutex_;
  caf::actor actor_;
};

/// Returns `spec` changed so that every actor that it starts is stored in `slot`. REQUIRES: `slot` outlives the
/// supervisor.
child_spec registered_in(actor_slot& slot, child_spec spec);

} // namespace bennu::engine
