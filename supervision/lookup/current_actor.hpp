#pragma once

#include <mutex>
#include <utility>

#include <caf/actor.hpp>

#include <bennu/supervision/child_spec.hpp>

namespace bennu::engine {

/// Holds the current incarnation of a supervised actor. Thread safety: any thread may read and write it.
class current_actor {
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

/// Returns `spec` changed so that every actor that it starts is stored in `place`. REQUIRES: `place` outlives the
/// supervisor.
inline child_spec registered_in(current_actor& place, child_spec spec) {
  spec.start = [&place, start = std::move(spec.start)](caf::event_based_actor* parent, const start_cause& cause) {
    auto result = start(parent, cause);
    if (result.child())
      place.set(result.child());
    return result;
  };
  return spec;
}

} // namespace bennu::engine
