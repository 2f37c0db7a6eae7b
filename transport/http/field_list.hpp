#pragma once

#include <algorithm>
#include <string_view>

#include <strings.h>

#include <bennu/transport/http.hpp>

namespace bennu::engine {

/// Whether two tokens are the same, ignoring case (RFC 9110 §5.6.2 and the names of §5.1).
inline bool same_token(std::string_view x, std::string_view y) noexcept {
  return x.size() == y.size() && ::strncasecmp(x.data(), y.data(), x.size()) == 0;
}

/// `x` without the white space around it (RFC 9110 §5.6.3).
inline std::string_view trimmed(std::string_view x) noexcept {
  const auto first = x.find_first_not_of(" \t");
  return first == std::string_view::npos ? std::string_view{} : x.substr(first, x.find_last_not_of(" \t") - first + 1);
}

/// Removes the part before the first `by` from the front of `list`, with that `by`, and returns it trimmed. Quotes are
/// not known. An empty `list` has no further part.
inline std::string_view take_part(std::string_view& list, char by) noexcept {
  const auto end = std::min(list.find(by), list.size());
  const auto result = trimmed(list.substr(0, end));
  list.remove_prefix(std::min(end + 1, list.size()));
  return result;
}

/// The characters that cannot stand in the header `Host`.
inline constexpr std::string_view never_in_host = " \t,/?#@\\\"<>";

/// Whether a request has this header more than once. Readers that take different ones of them could be played off
/// against each other.
inline bool is_twice(const http_request& request, std::string_view header) noexcept {
  return std::count_if(request.headers.begin(), request.headers.end(),
                       [header](const http_header& x) { return same_token(x.first, header); })
         > 1;
}

} // namespace bennu::engine
