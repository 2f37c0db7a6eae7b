#include <bennu/supervision/partition_supervisor.hpp>

#include <algorithm>
#include <mutex>
#include <shared_mutex>
#include <utility>
#include <vector>

#include <caf/actor_addr.hpp>
#include <caf/actor_system.hpp>
#include <caf/event_based_actor.hpp>
#include <caf/scheduler/abstract_coordinator.hpp>

#include "supervision/process/crash_report.hpp"
#include "supervision/process/numbers.hpp"
#include <bennu/supervision/supervisor.hpp>

namespace bennu {

using namespace engine;

namespace {

uint64_t hash_of(std::string_view text) noexcept {
  const auto result = engine::fnv1a(text);
  return result ^ (result >> 32);
}

} // namespace

struct partition_supervisor::shared : std::enable_shared_from_this<shared> {
  make_child make;
  partition_supervisor_options options;
  mutable std::shared_mutex mutex;
  std::vector<caf::actor_addr> children;
  caf::actor_addr supervisor;

  size_t open(const caf::actor_system& system) {
    std::lock_guard guard{mutex};
    if (children.empty())
      children.resize(std::max<size_t>(1, const_cast<caf::actor_system&>(system).scheduler().num_workers()));
    return children.size();
  }

  child_spec partition(size_t i) {
    auto spec = make(i);
    spec.id = std::to_string(i);
    spec.start = [self = shared_from_this(), i, start = std::move(spec.start)](caf::event_based_actor* parent,
                                                                               const start_cause& cause) {
      auto result = start(parent, cause);
      std::lock_guard guard{self->mutex};
      self->children[i] = result.child() ? result.child().address() : caf::actor_addr{};
      return result;
    };
    return spec;
  }

  start_result start(caf::event_based_actor* parent, const start_cause& cause) {
    const auto count = open(parent->system());
    supervisor_spec tree{options.how};
    tree.name(options.name).intensity(options.intensity);
    for (size_t i = 0; i < count; ++i)
      tree.add(partition(i));
    auto result = tree.supervised(options.name).start(parent, cause);
    std::lock_guard guard{mutex};
    supervisor = result.child().address();
    return result;
  }
};

partition_supervisor::partition_supervisor(make_child make, partition_supervisor_options options)
  : shared_(std::make_shared<shared>()) {
  shared_->make = std::move(make);
  shared_->options = std::move(options);
  shared_->children.resize(shared_->options.partitions);
}

partition_supervisor::partition_supervisor(child_spec copied, partition_supervisor_options options)
  : partition_supervisor([spec = std::move(copied)](size_t) { return spec; }, std::move(options)) {}

child_spec partition_supervisor::supervised(std::string id) const {
  auto start = [shared = shared_](caf::event_based_actor* parent, const start_cause& cause) {
    return shared->start(parent, cause);
  };
  return child_spec{std::move(id), std::move(start)}.as_supervisor();
}

size_t partition_supervisor::partitions() const {
  std::shared_lock guard{shared_->mutex};
  return shared_->children.size();
}

size_t partition_supervisor::partition_of(std::string_view key) const {
  return index_of(hash_of(key));
}

caf::actor partition_supervisor::find(std::string_view key) const {
  return partitions() == 0 ? caf::actor{} : at(partition_of(key));
}

caf::actor partition_supervisor::at(size_t partition) const {
  caf::actor_addr result;
  {
    std::shared_lock guard{shared_->mutex};
    if (partition < shared_->children.size())
      result = shared_->children[partition];
  }
  return live_actor(result);
}

caf::actor partition_supervisor::supervisor() const {
  std::shared_lock guard{shared_->mutex};
  return live_actor(shared_->supervisor);
}

size_t partition_supervisor::index_of(uint64_t number) const {
  return static_cast<size_t>(number % partitions());
}

} // namespace bennu
