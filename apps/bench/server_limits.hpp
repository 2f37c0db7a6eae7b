#pragma once

#include <cstdint>
#include <map>
#include <string>

namespace bennu::bench {

/// How often the server on this port of loopback hit each of its limits, by its own count: `bennu_limit_hits_total` of its `/metrics`.
/// @returns nothing for a server that has no such page.
std::map<std::string, double> server_limits(uint16_t port);

} // namespace bennu::bench
