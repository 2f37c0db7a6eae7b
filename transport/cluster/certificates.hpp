#pragma once

#include <string>
#include <vector>

namespace bennu::engine {

/// Creates the files with which the nodes of a cluster recognize each other, in PEM: `ca.crt` and `ca.key`, and
/// `NAME.crt` and `NAME.key` for each name. The keys are on the curve P-256 and only their owner can read them. An
/// existing authority is used again, so that nodes can be added later.
///
/// @returns the files that were written
/// @throws std::runtime_error with the reason when a name is not allowed, or a file exists already or cannot be
/// written; nothing is overwritten
std::vector<std::string> make_cluster_certificates(const std::string& folder, const std::vector<std::string>& names);

} // namespace bennu::engine
