#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace bennu::engine {

/// Whether a page of `origin` (the request's `Origin` header) may connect. Source: Phoenix.Socket, `:check_origin`.
///
/// `allowed` holds rules: `//example.com` (any scheme and port), `//*.example.com` (its subdomains), `https://example.com`,
/// `//example.com:8443`. No rules: every origin may. No `origin` (not a browser) always may; a malformed one never may when
/// there are rules, and an empty one is malformed.
bool origin_allowed(const std::vector<std::string>& allowed, std::optional<std::string_view> origin);

} // namespace bennu::engine
