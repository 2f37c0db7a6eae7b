#pragma once

#include <concepts>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include <caf/actor.hpp>

#include <bennu/supervision/child_spec.hpp>
#include <bennu/supervision/restart_intensity.hpp>
#include <bennu/supervision/strategy.hpp>

namespace bennu {

/// The options of a partition supervisor.
struct partition_supervisor_options {
  /// Its name in reports.
  std::string name = "partition_supervisor";

  /// How many partitions; 0: one for each thread of the actor system's scheduler (io unit), known after the first
  /// start.
  size_t partitions = 0;

  /// Which partitions restart when one ends. Elixir's default.
  /// The defaults of Elixir.
  strategy how = one_for_one;
  /// How many restarts of all partitions together the supervisor tolerates before it ends. Elixir's default.
  restart_limit intensity{3, std::chrono::seconds{5}};
};

/// Runs the same child several times, so that one actor is not the bottleneck for all callers. Source: Elixir's
/// PartitionSupervisor.
///
///     partition_supervisor counters{[](size_t i) { return counter(i); }, {.partitions = 8}};
///     tree.add(counters.supervised("counters"));
///     …
///     self->send(counters.find("room:lobby"), increment{});
///
/// The partitions are the children of one `supervisor`, with the ids `0`, `1` and so on. The end of one does not
/// affect the others (unless the strategy says so). A key always has the same partition, in every run and on every
/// node with the same number of partitions.
///
/// Thread safety: any thread may call it. Copies are the same supervisor.
class partition_supervisor {
public:
  /// Makes the child of a partition, at each start of the supervisor.
  using make_child = std::function<child_spec(size_t partition)>;

  /// `make` returns the spec of a partition's child, whose id is replaced by the number of the partition. When `make`
  /// throws, the start fails.
  explicit partition_supervisor(make_child make, partition_supervisor_options options = {});

  /// All partitions have the same spec.
  explicit partition_supervisor(child_spec copied, partition_supervisor_options options = {});

  /// The supervisor as a child of a tree: permanent. REQUIRES: at most one of them runs at a time.
  child_spec supervised(std::string id) const;

  /// The number of partitions; 0 before the first start when the system chooses it.
  size_t partitions() const;

  /// The partition of a key: `|key| mod partitions` for a number, as in Elixir, and a hash for a text.
  /// REQUIRES: `partitions() > 0`.
  template <std::integral Key>
  size_t partition_of(Key key) const {
    auto number = static_cast<uint64_t>(key);
    return index_of(std::signed_integral<Key> && key < 0 ? 0 - number : number);
  }
  size_t partition_of(std::string_view key) const;

  /// The actor of a key's partition; null while it is not running, and before the first start.
  template <std::integral Key>
  caf::actor find(Key key) const {
    return partitions() == 0 ? caf::actor{} : at(partition_of(key));
  }
  caf::actor find(std::string_view key) const;

  /// The actor of a partition; null while it is not running.
  caf::actor at(size_t partition) const;

  /// The supervisor of the partitions, for `which_children_command` and similar requests; null while there is none.
  caf::actor supervisor() const;

private:
  struct shared;
  size_t index_of(uint64_t number) const;

  std::shared_ptr<shared> shared_;
};

} // namespace bennu
