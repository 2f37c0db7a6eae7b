#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace bennu::engine {

/// Decodes `%XX` (RFC 3986 §2.1). @returns nothing for a `%` without two hexadecimal digits behind it.
std::optional<std::string> percent_decode(std::string_view x, bool plus_is_space = false);

/// The path of a request target, decoded. @returns nothing when it does not start with `/`, is malformed or holds a NUL.
std::optional<std::string> decode_path(std::string_view target);

using query_pairs = std::vector<std::pair<std::string, std::string>>;

/// The pairs of a query string (`application/x-www-form-urlencoded`), in order.
/// @returns nothing when one cannot be decoded, or is not UTF-8 then: Plug answers 400 to it. Source: Plug.Conn.Query.
std::optional<query_pairs> parse_query(std::string_view query);

} // namespace bennu::engine
