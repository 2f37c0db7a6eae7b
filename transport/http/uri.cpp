#include "transport/http/uri.hpp"

#include <charconv>

#include "actors/json/text.hpp"

namespace bennu::engine {

std::optional<std::string> percent_decode(std::string_view x, bool plus_is_space) {
  std::string result;
  for (size_t i = 0; i < x.size(); ++i) {
    if (x[i] == '+' && plus_is_space) {
      result += ' ';
    } else if (x[i] != '%') {
      result += x[i];
    } else {
      unsigned char byte = 0;
      if (i + 2 >= x.size())
        return std::nullopt;
      const auto* digits = x.data() + i + 1;
      const auto [end, error] = std::from_chars(digits, digits + 2, byte, 16);
      if (error != std::errc{} || end != digits + 2)
        return std::nullopt;
      result += static_cast<char>(byte);
      i += 2;
    }
  }
  return result;
}

std::optional<std::string> decode_path(std::string_view target) {
  if (!target.starts_with('/'))
    return std::nullopt;
  auto result = percent_decode(target);
  if (result && result->find('\0') != std::string::npos)
    return std::nullopt;
  return result;
}

std::optional<query_pairs> parse_query(std::string_view query) {
  query_pairs result;
  while (!query.empty()) {
    const auto end = query.find('&');
    const auto pair = query.substr(0, end);
    query = end == std::string_view::npos ? std::string_view{} : query.substr(end + 1);
    if (pair.empty())
      continue;
    const auto equals = pair.find('=');
    auto name = percent_decode(pair.substr(0, equals), true);
    auto value = percent_decode(equals == std::string_view::npos ? std::string_view{} : pair.substr(equals + 1), true);
    if (!name || !value || !is_utf8(*name) || !is_utf8(*value))
      return std::nullopt;
    result.emplace_back(std::move(*name), std::move(*value));
  }
  return result;
}

} // namespace bennu::engine
