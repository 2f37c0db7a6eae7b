#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

#include <caf/actor_addr.hpp>

namespace bennu::engine {

/// Which actor of this node tracks which presences. An actor has at most one presence under each key of a topic. It
/// may have many keys and topics.
///
/// A plain value. Thread safety: none.
class presence_owners {
public:
  /// REQUIRES: it is not tracked yet.
  /// @returns whether it is the first presence of the actor.
  bool add(const caf::actor_addr& who, std::string topic, std::string key, uint64_t id) {
    auto& own = tracked_[who];
    own.emplace(std::pair{std::move(topic), std::move(key)}, id);
    return own.size() == 1;
  }

  std::optional<uint64_t> find(const caf::actor_addr& who, const std::string& topic, const std::string& key) const {
    const auto own = tracked_.find(who);
    if (own == tracked_.end())
      return std::nullopt;
    const auto found = own->second.find(std::pair{topic, key});
    return found == own->second.end() ? std::nullopt : std::optional{found->second};
  }

  std::optional<uint64_t> take(const caf::actor_addr& who, const std::string& topic, const std::string& key) {
    const auto id = find(who, topic, key);
    if (id) {
      auto& own = tracked_[who];
      own.erase(std::pair{topic, key});
      if (own.empty())
        tracked_.erase(who);
    }
    return id;
  }

  /// Removes and returns everything that an actor tracks.
  std::vector<uint64_t> take(const caf::actor_addr& who) {
    std::vector<uint64_t> result;
    if (const auto own = tracked_.find(who); own != tracked_.end()) {
      for (const auto& [name, id] : own->second)
        result.push_back(id);
      tracked_.erase(own);
    }
    return result;
  }

  std::vector<caf::actor_addr> all() const {
    std::vector<caf::actor_addr> result;
    for (const auto& [who, own] : tracked_)
      result.push_back(who);
    return result;
  }

private:
  std::map<caf::actor_addr, std::map<std::pair<std::string, std::string>, uint64_t>> tracked_;
};

} // namespace bennu::engine
