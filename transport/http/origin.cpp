#include "transport/http/origin.hpp"

#include <algorithm>
#include <cctype>
#include <optional>

namespace bennu::engine {

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

bool origin_allowed(const std::vector<std::string>& allowed, std::optional<std::string_view> origin) {
  if (allowed.empty() || !origin)
    return true;
  const auto from = split(*origin);
  return from && std::any_of(allowed.begin(), allowed.end(), [&](const std::string& x) {
           const auto rule = split(x.find("//") == std::string::npos ? "//" + x : x);
           return rule && fits(*rule, *from);
         });
}

} // namespace bennu::engine
