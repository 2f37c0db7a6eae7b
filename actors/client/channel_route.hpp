#pragma once

#include <atomic>
#include <chrono>
#include <functional>
#include <memory>
#include <string>

#include <bennu/actors/channel.hpp>
#include <bennu/actors/channel_options.hpp>
#include <bennu/actors/topic_pattern.hpp>
#include <bennu/supervision/child_spec.hpp>

namespace bennu::engine {

/// The route of a topic pattern: which channel class serves the topics, and how. Immutable once its endpoint serves.
struct channel_route {
  topic_pattern pattern;
  std::string name; ///< the name of the channel class, for labels
  std::function<std::unique_ptr<channel>(channel_context)> make;
  channel_options options;

  /// Whether `handle_out()` of the class lists this event. Known once the first channel of the class exists. Thread
  /// safety: any thread.
  bool intercepts(std::string_view event) const noexcept {
    const auto* known = std::atomic_ref{intercepted_}.load(std::memory_order_acquire);
    return known != nullptr && known->contains(event);
  }
  void learn_intercepted(const event_table& x) const noexcept {
    std::atomic_ref{intercepted_}.store(&x, std::memory_order_release);
  }

  mutable const event_table* intercepted_ = nullptr; ///< the table is the same for every channel of the class
};

} // namespace bennu::engine
