#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace bennu::engine {

/// Whether a page of `origin` (the header `Origin` of the request) may connect. Source: Phoenix.Socket,
/// `:check_origin`.
///
/// The rules in `allowed` are `//example.com` (any scheme and port), `//*.example.com` (its subdomains),
/// `https://example.com`, `//example.com:8443`. Without rules every origin may connect. A request without `origin`
/// (not from a browser) may always connect. When there are rules, a malformed or empty origin may not.
bool origin_allowed(const std::vector<std::string>& allowed, std::optional<std::string_view> origin);

} // namespace bennu::engine
