#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <vector>

#include "transport/cluster/tls.hpp"

namespace bennu::engine {

/// Creates the files with which the nodes of a cluster recognize each other, in PEM: `ca.crt` and `ca.key`, and
/// `NAME.crt` and `NAME.key` for each name. The keys are on the curve P-256 and only their owner can read them. An
/// existing authority is used again, so that nodes can be added later.
///
/// @returns the files that were written
/// @throws std::runtime_error with the reason when a name is not allowed, or a file exists already or cannot be
/// written; nothing is overwritten
std::vector<std::string> make_cluster_certificates(const std::string& folder, const std::vector<std::string>& names);

/// How long the certificates of a node are valid: its own, those of its chain, and the authority's.
struct certificate_terms {
  std::chrono::system_clock::time_point not_before; ///< the latest
  std::chrono::system_clock::time_point not_after;  ///< the earliest
};

/// @returns nothing without certificates.
std::optional<certificate_terms> terms_of(const ssl_context& context);

/// Decides what is reported about certificates, each once when it begins: they expire soon, they are not valid, they
/// are valid again.
///
/// A plain value; not thread-safe. Time is an input.
class certificate_watch {
public:
  enum class state { good, expires_soon, expired, not_yet_good };

  explicit certificate_watch(std::chrono::hours warn_before) : warn_before_(warn_before) {}

  /// @returns the state when it has changed; at the first call, any state except `good`.
  std::optional<state> look(const certificate_terms& terms, std::chrono::system_clock::time_point now);

private:
  std::chrono::hours warn_before_;
  state last_ = state::good;
};

} // namespace bennu::engine
