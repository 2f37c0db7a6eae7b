#pragma once

#include <string>

namespace chat {

/// What counts as one client's address where clients are limited by it. An IPv6 address counts as its /64, which is
/// what one household or server gets (RFC 6177); an IPv4 address, also one that is written as IPv6, counts for itself.
/// Any other text counts for itself, too.
std::string address_key(const std::string& numeric_address);

} // namespace chat
