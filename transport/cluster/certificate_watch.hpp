#pragma once

#include <chrono>
#include <optional>
#include <string>

#include "transport/cluster/tls.hpp"

namespace bennu::engine {

/// How long the certificates of a node are good: its own, those of its chain, and the authority's.
struct certificate_terms {
  std::chrono::system_clock::time_point not_before; ///< the latest
  std::chrono::system_clock::time_point not_after;  ///< the earliest
};

/// @returns nothing without certificates.
std::optional<certificate_terms> terms_of(const ssl_context& context);

/// What the operator is told of them, each once when it begins: they expire soon, they are not good, they are good
/// again.
///
/// A plain value; not thread-safe. Time is an input.
class certificate_watch {
public:
  enum class state { good, expires_soon, expired, not_yet_good };

  explicit certificate_watch(std::chrono::hours warn_before) : warn_before_(warn_before) {}

  /// @returns the state when it is another one than before; the first look tells anything but `good`.
  std::optional<state> look(const certificate_terms& terms, std::chrono::system_clock::time_point now);

private:
  std::chrono::hours warn_before_;
  state last_ = state::good;
};

} // namespace bennu::engine
