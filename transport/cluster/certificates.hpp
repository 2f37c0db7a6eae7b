#pragma once

#include <string>
#include <vector>

namespace bennu::engine {

/// Makes what the nodes of a cluster need to know each other: `ca.crt` and `ca.key`, and for each name `NAME.crt` and `NAME.key`, in PEM,
/// keys on the curve P-256, readable for their owner alone. An authority that is there already is used again, so that nodes can be added.
///
/// @returns the files that were written
/// @throws std::runtime_error with the reason when a name is none, a file exists already or cannot be written; nothing is overwritten
std::vector<std::string> make_cluster_certificates(const std::string& folder, const std::vector<std::string>& names);

} // namespace bennu::engine
