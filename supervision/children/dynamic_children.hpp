#pragma once

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <caf/actor.hpp>
#include <caf/actor_addr.hpp>

#include "supervision/children/child_watch.hpp"
#include <bennu/supervision/child_recipe.hpp>
#include <bennu/supervision/restart_intensity.hpp>

namespace bennu::engine {

/// The children of a pool, in places that are reused. A pure value.
///
/// Invariants:
/// 1. A key names one start of one child: `renew` and `remove` make all earlier keys invalid.
/// 2. `size()` places are occupied, in no order.
class dynamic_children {
public:
  enum class state : uint8_t {
    vacant,
    starting, ///< it has an actor that has not acknowledged yet
    running,
    restarting, ///< it has no actor, and its start will be tried again
    stopping,   ///< it was told to stop
  };

  /// The memory of a child that was restarted; most children never are.
  struct history {
    std::optional<restart_intensity> intensity; // only for a child with its own limit
    uint64_t restarts = 0;
    std::string last_crash;
    caf::actor_addr was; // its last actor, which identifies a child that is restarting
  };

  struct entry {
    history& known_past() {
      if (!past)
        past = std::make_unique<history>();
      return *past;
    }

    child_recipe_ptr recipe;
    caf::actor child;
    std::unique_ptr<history> past; // created at the first restart
    std::chrono::steady_clock::time_point since{};
    uint32_t generation = 0;
    state what = state::vacant;
    bool was_running = false; // whether its first start succeeded
  };

  child_key add(child_recipe_ptr recipe) {
    if (free_.empty()) {
      free_.push_back(static_cast<uint32_t>(entries_.size()));
      entries_.emplace_back();
    }
    auto place = free_.back();
    free_.pop_back();
    auto& x = entries_[place];
    x.recipe = std::move(recipe);
    x.what = state::starting;
    x.was_running = false;
    ++size_;
    significant_ += x.recipe->policy().is_significant ? 1 : 0;
    return {place, x.generation};
  }

  /// The entry of a key, or null when the key is invalid.
  entry* find(child_key key) noexcept {
    if (key.place >= entries_.size())
      return nullptr;
    auto& x = entries_[key.place];
    return x.generation == key.generation && x.what != state::vacant ? &x : nullptr;
  }

  /// A new key for the next start of the same child.
  /// REQUIRES: `find(key)`.
  child_key renew(child_key key) noexcept {
    auto& x = entries_[key.place];
    x.child = nullptr;
    return {key.place, ++x.generation};
  }

  /// REQUIRES: `find(key)`.
  void remove(child_key key) {
    auto& x = entries_[key.place];
    significant_ -= x.recipe->policy().is_significant ? 1 : 0;
    x = entry{nullptr, nullptr, nullptr, {}, x.generation + 1, state::vacant, false};
    free_.push_back(key.place);
    --size_;
  }

  template <class F>
  void for_each(F f) {
    for (uint32_t place = 0; place < entries_.size(); ++place)
      if (auto& x = entries_[place]; x.what != state::vacant)
        f(child_key{place, x.generation}, x);
  }

  /// The same for the children in the places from `begin` on, until `f` returns false or `reach` places were passed.
  /// @returns the first place that was not, which is that of no child at the end.
  template <class F>
  size_t for_some(size_t begin, size_t reach, F f) {
    const auto end = begin + std::min(reach, entries_.size() - std::min(begin, entries_.size()));
    for (auto place = begin; place < end; ++place)
      if (auto& x = entries_[place]; x.what != state::vacant && !f(x))
        return place;
    return end;
  }

  /// Whether no child has this place, or a later one.
  bool is_end(size_t place) const noexcept { return place >= entries_.size(); }

  size_t size() const noexcept { return size_; }

  /// The bytes of the places.
  size_t footprint() const noexcept {
    return entries_.capacity() * sizeof(entry) + free_.capacity() * sizeof(uint32_t);
  }

  /// How many of them are significant.
  size_t significant() const noexcept { return significant_; }

  /// The child that is restarting and whose last actor was this one. O(n).
  std::optional<child_key> find_restarting(const caf::actor_addr& was) {
    std::optional<child_key> result;
    for_each([&](child_key key, entry& x) {
      if (x.what == state::restarting && x.past->was == was)
        result = key;
    });
    return result;
  }

private:
  std::vector<entry> entries_;
  std::vector<uint32_t> free_;
  size_t size_ = 0;
  size_t significant_ = 0;
};

} // namespace bennu::engine
