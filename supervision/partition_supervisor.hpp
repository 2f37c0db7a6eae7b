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

/// How a partitioned supervisor is run.
struct partition_supervisor_options {
  /// For reports.
  std::string name = "partition_supervisor";

  /// How many; 0: one for each thread of the actor system's scheduler (io units), known once it was started.
  std::size_t partitions = 0;

  /// Elixir's defaults.
  strategy how = one_for_one;
  restart_limit intensity{3, std::chrono::seconds{5}};
};

/// Elixir's PartitionSupervisor: the same child several times, so that one actor is not everybody's bottleneck.
///
///     partition_supervisor counters{[](std::size_t i) { return counter(i); }, {.partitions = 8}};
///     tree.add(counters.supervised("counters"));
///     …
///     self->send(counters.find("room:lobby"), increment{});
///
/// Each copy is a child of one `supervisor`, whose ids are the numbers `0`, `1`, …; the end of one is no business of the
/// others (unless the strategy says so). A key always leads to the same partition, in every run and on every node with as many.
///
/// Thread safety: any thread. Copies are the same supervisor.
class partition_supervisor {
public:
  using make_child = std::function<child_spec(std::size_t partition)>;

  /// `make` gives the spec of a partition's child; its id is replaced by the partition's number. An exception of it is a failed start.
  explicit partition_supervisor(make_child make, partition_supervisor_options options = {});

  /// Every partition is the same.
  explicit partition_supervisor(child_spec copied, partition_supervisor_options options = {});

  /// As the child of a tree: a permanent supervisor. REQUIRES: one of them runs at a time.
  child_spec supervised(std::string id) const;

  /// The number of partitions; 0 before the first start when it is left to the system.
  std::size_t partitions() const;

  /// The partition of a key: `|key| mod partitions` for a number, as in Elixir, a hash of a text.
  /// REQUIRES: `partitions() > 0`.
  template <std::integral Key>
  std::size_t partition_of(Key key) const {
    auto number = static_cast<std::uint64_t>(key);
    return index_of(std::signed_integral<Key> && key < 0 ? 0 - number : number);
  }
  std::size_t partition_of(std::string_view key) const;

  /// The actor of a key's partition now; null while it is not running, and before the first start.
  template <std::integral Key>
  caf::actor find(Key key) const {
    return partitions() == 0 ? caf::actor{} : at(partition_of(key));
  }
  caf::actor find(std::string_view key) const;

  /// The actor of a partition; null while it is not running.
  caf::actor at(std::size_t partition) const;

  /// The supervisor over the partitions, to be asked by `which_children_command` and its like; null while there is none.
  caf::actor supervisor() const;

private:
  struct shared;
  std::size_t index_of(std::uint64_t number) const;

  std::shared_ptr<shared> shared_;
};

} // namespace bennu
