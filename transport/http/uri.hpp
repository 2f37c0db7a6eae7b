#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace bennu::engine {

/// Decodes `%XX` (RFC 3986 §2.1). @returns nothing when a `%` is not followed by two hexadecimal digits.
std::optional<std::string> percent_decode(std::string_view x, bool plus_is_space = false);

/// The decoded path of a request target. @returns nothing when it does not start with `/`, is malformed, or contains
/// a NUL.
std::optional<std::string> decode_path(std::string_view target);

/// Whether two decoded paths have the same segments: `//socket/websocket/` equals `/socket/websocket` (Plug's
/// `path_info`).
bool same_segments(std::string_view x, std::string_view y);

/// Whether a decoded path has the segments of another one, and perhaps more behind them: `/api//publish` begins with
/// `/api`, `/apis` does not.
bool begins_with_segments(std::string_view path, std::string_view with);

using query_pairs = std::vector<std::pair<std::string, std::string>>;

/// The pairs of a query string (`application/x-www-form-urlencoded`) in order.
/// @returns nothing when a pair cannot be decoded or is not UTF-8; Plug answers such requests with 400. Source:
/// Plug.Conn.Query.
std::optional<query_pairs> parse_query(std::string_view query);

/// Whether a page of `origin` (the header `Origin` of the request) may connect to a server that the client calls `host`
/// (the header `Host`). Source: Phoenix.Socket, `:check_origin`.
///
/// The rules in `allowed` are `//example.com` (any scheme and port), `//*.example.com` (its subdomains),
/// `https://example.com`, `//example.com:8443`, `self` (the host of the request, with any scheme and port), `*`
/// (every origin). No rules mean `self`. A request without `origin` (not from a browser) may always connect. An origin
/// without a host (`null`: a file, or a frame in a sandbox) passes `*` alone.
bool origin_allowed(const std::vector<std::string>& allowed, std::optional<std::string_view> origin,
                    std::string_view host = {});

/// Whether `text` is such a rule. A text that no origin could match is an operator's mistake.
bool is_origin_rule(std::string_view text);

} // namespace bennu::engine
