#include "transport/http/uri.hpp"

#include <algorithm>
#include <cctype>
#include <charconv>
#include <optional>

#include "actors/json/text.hpp"
#include "actors/json/utf8.hpp"

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

namespace {

// Takes the next segment off the front of a path. Empty segments do not count, as in Plug.
std::string_view take_segment(std::string_view& path) {
  path.remove_prefix(std::min(path.find_first_not_of('/'), path.size()));
  const auto result = path.substr(0, path.find('/'));
  path.remove_prefix(result.size());
  return result;
}

} // namespace

bool same_segments(std::string_view x, std::string_view y) {
  for (;;) {
    const auto next = take_segment(x);
    if (next != take_segment(y))
      return false;
    if (next.empty())
      return true;
  }
}

bool begins_with_segments(std::string_view path, std::string_view with) {
  for (;;) {
    const auto next = take_segment(with);
    if (next.empty())
      return true;
    if (next != take_segment(path))
      return false;
  }
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

namespace {

struct parts {
  std::string scheme; // empty: any
  std::string host;
  std::string port; // empty: any
};

std::string lower(std::string_view x) {
  std::string result{x};
  std::transform(result.begin(), result.end(), result.begin(), [](unsigned char c) { return std::tolower(c); });
  return result;
}

std::string default_port(std::string_view scheme) {
  return scheme == "http" ? "80" : scheme == "https" ? "443" : "";
}

std::optional<parts> split(std::string_view x) {
  parts result;
  const auto slashes = x.find("//");
  if (slashes == std::string_view::npos)
    return std::nullopt;
  if (slashes > 0) {
    if (x[slashes - 1] != ':')
      return std::nullopt;
    result.scheme = lower(x.substr(0, slashes - 1));
  }
  auto host = x.substr(slashes + 2);
  host = host.substr(0, host.find('/'));
  const auto bracket = host.rfind(']');
  const auto colon = host.rfind(':');
  if (colon != std::string_view::npos && (bracket == std::string_view::npos || colon > bracket)) {
    result.port = host.substr(colon + 1);
    host = host.substr(0, colon);
  }
  result.host = lower(host);
  if (result.host.empty())
    return std::nullopt;
  return result;
}

bool host_fits(std::string_view rule, std::string_view host) {
  if (!rule.starts_with("*."))
    return rule == host;
  const auto suffix = rule.substr(1); // ".example.com"
  return host.size() > suffix.size() && host.ends_with(suffix);
}

bool fits(const parts& rule, const parts& origin) {
  const auto port = origin.port.empty() ? default_port(origin.scheme) : origin.port;
  return (rule.scheme.empty() || rule.scheme == origin.scheme) && host_fits(rule.host, origin.host)
         && (rule.port.empty() || rule.port == port);
}

} // namespace

bool origin_allowed(const std::vector<std::string>& allowed, std::optional<std::string_view> origin,
                    std::string_view host) {
  if (!origin || std::find(allowed.begin(), allowed.end(), "*") != allowed.end())
    return true;
  const auto from = split(*origin);
  if (!from)
    return false;
  const auto is_of_host = [&] {
    const auto self = split("//" + std::string{host});
    return self && self->host == from->host;
  };
  if (allowed.empty())
    return is_of_host();
  return std::any_of(allowed.begin(), allowed.end(), [&](const std::string& x) {
    if (x == "self")
      return is_of_host();
    const auto rule = split(x.find("//") == std::string::npos ? "//" + x : x);
    return rule && fits(*rule, *from);
  });
}

bool is_origin_rule(std::string_view text) {
  if (text == "self" || text == "*")
    return true;
  const auto slashes = text.find("//");
  const auto address = text.substr(slashes == std::string_view::npos ? 0 : slashes + 2);
  const auto rule = split(slashes == std::string_view::npos ? "//" + std::string{text} : std::string{text});
  if (!rule || !(rule->scheme.empty() || rule->scheme == "http" || rule->scheme == "https"))
    return false;
  const std::string_view host = rule->host;
  const auto name = host.starts_with("*.") ? host.substr(2) : host;
  constexpr std::string_view in_addresses = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.-_:[]*";
  return !name.empty() && name != "null" && address.find_first_not_of(in_addresses) == std::string_view::npos
         && name.find('*') == std::string_view::npos && rule->port.find_first_not_of("0123456789") == std::string::npos;
}

} // namespace bennu::engine
