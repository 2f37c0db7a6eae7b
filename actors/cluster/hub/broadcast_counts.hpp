#pragma once

#include <cstdint>
#include <map>
#include <mutex>
#include <string>

#include "actors/cluster/link/link.hpp"

namespace bennu::engine {

/// How many broadcasts went between this node and the others, and how many were lost.
///
/// Every node numbers its broadcasts to all nodes. So a receiver knows how many broadcasts of that node it has missed
/// since the first one it received: those that were sent while the nodes were disconnected, and those that were lost
/// on the way.
///
/// Thread safety: any thread may call it.
class broadcast_counts {
public:
  struct from_node {
    uint64_t incarnation = 0;
    uint64_t first = 0; ///< the first number that was received
    uint64_t last = 0;  ///< the last number that was received
    uint64_t received = 0;

    /// How many between the first and the last were not received.
    uint64_t missed() const noexcept { return last == 0 ? 0 : last - first + 1 - received; }
  };

  /// @returns the number of the next broadcast to all: 1, 2, 3 ...
  uint64_t published() {
    std::lock_guard guard{mutex_};
    return ++published_;
  }

  void heard(const peer& from, uint64_t number) {
    if (number == 0)
      return;
    std::lock_guard guard{mutex_};
    auto& x = nodes_[from.name];
    if (x.incarnation != from.incarnation)
      x = {from.incarnation, number, 0, 0};
    x.last = number;
    ++x.received;
  }

  /// The node is forgotten.
  void forget(const std::string& node) {
    std::lock_guard guard{mutex_};
    nodes_.erase(node);
  }

  /// By node, for its current life.
  std::map<std::string, from_node> from_nodes() const {
    std::lock_guard guard{mutex_};
    return nodes_;
  }

private:
  mutable std::mutex mutex_;
  uint64_t published_ = 0;
  std::map<std::string, from_node> nodes_;
};

} // namespace bennu::engine
