#include "transport/http/peer_address.hpp"

#include <algorithm>
#include <arpa/inet.h>
#include <array>
#include <charconv>
#include <netinet/in.h>
#include <stdexcept>
#include <sys/socket.h>
#include <utility>

#include "transport/http/field_list.hpp"

namespace bennu::engine {

namespace {

// The 4 or 16 bytes of a numeric address. An IPv4 address that is mapped into IPv6 (RFC 4291 §2.5.5.2) becomes IPv4.
// Empty when it is not an address.
std::vector<unsigned char> bytes_of(std::string_view text) {
  const std::string address{text};
  std::vector<unsigned char> result(16);
  if (::inet_pton(AF_INET, address.c_str(), result.data()) == 1) {
    result.resize(4);
    return result;
  }
  if (::inet_pton(AF_INET6, address.c_str(), result.data()) != 1)
    return {};
  constexpr std::array<unsigned char, 12> mapped{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xFF, 0xFF};
  if (std::equal(mapped.begin(), mapped.end(), result.begin()))
    result.erase(result.begin(), result.begin() + 12);
  return result;
}

std::string text_of(const std::vector<unsigned char>& bytes) {
  std::array<char, INET6_ADDRSTRLEN> text{};
  ::inet_ntop(bytes.size() == 4 ? AF_INET : AF_INET6, bytes.data(), text.data(), text.size());
  return text.data();
}

// RFC 7239 §4: a value may be quoted. None of those that matter here contains an escape.
std::string_view unquoted(std::string_view x) {
  const auto first = x.find_first_not_of(" \t\"");
  return first == std::string_view::npos ? std::string_view{}
                                         : x.substr(first, x.find_last_not_of(" \t\"") - first + 1);
}

// The address in `192.0.2.1`, `192.0.2.1:80`, `[2001:db8::1]:80` or `2001:db8::1`. Empty when there is none.
std::string address_in(std::string_view node) {
  node = unquoted(node);
  if (node.starts_with('['))
    node = node.substr(1, node.find(']') == std::string_view::npos ? 0 : node.find(']') - 1);
  else if (std::count(node.begin(), node.end(), ':') == 1)
    node = node.substr(0, node.find(':'));
  const auto bytes = bytes_of(node);
  return bytes.empty() ? std::string{} : text_of(bytes);
}

// The elements of all headers with that name, which form one list (RFC 9110 §5.3).
std::vector<std::string_view> elements(const http_request& of, std::string_view name) {
  std::vector<std::string_view> result;
  for (auto& [key, value] : of.headers)
    if (same_token(key, name))
      for (std::string_view list = value; !list.empty();)
        result.push_back(take_part(list, ','));
  return result;
}

// The scheme with which a client reached a proxy: `https` also for a WebSocket over TLS. Empty for any other word.
std::string scheme_of(std::string_view text) {
  const auto is = [word = unquoted(text)](std::string_view x) { return same_token(word, x); };
  return is("https") || is("wss") ? "https" : is("http") || is("ws") ? "http" : "";
}

// One hop, as a proxy describes it.
struct hop {
  std::string address;
  std::string scheme;
  std::string host;
};

hop hop_of(std::string_view forwarded) {
  hop result;
  while (!forwarded.empty()) {
    auto value = take_part(forwarded, ';');
    const auto name = take_part(value, '=');
    if (same_token(name, "for"))
      result.address = address_in(value);
    else if (same_token(name, "proto"))
      result.scheme = scheme_of(value);
    else if (same_token(name, "host"))
      result.host = unquoted(value);
  }
  return result;
}

// Plug.RewriteOn does the same with `X-Forwarded-Host`. What could not stand in `Host` is ignored.
void set_host(http_request& request, const std::string& host) {
  if (host.find_first_of(never_in_host) != std::string::npos)
    return;
  for (auto& [name, value] : request.headers)
    if (same_token(name, "Host"))
      value = host;
}

bool has(const http_request& request, std::string_view header) {
  return request.find(header).has_value();
}

std::vector<hop> hops_of_x_headers(const http_request& request) {
  std::vector<hop> result;
  const auto schemes = elements(request, "X-Forwarded-Proto");
  const auto scheme = schemes.empty() ? std::string{} : scheme_of(schemes.back());
  const auto hosts = elements(request, "X-Forwarded-Host");
  const auto host = hosts.empty() ? std::string{} : std::string{unquoted(hosts.back())};
  for (auto x : elements(request, "X-Forwarded-For"))
    result.push_back({address_in(x), scheme, host});
  if (result.empty() && !has(request, "Forwarded"))
    result.push_back({{}, scheme, host});
  return result;
}

// Most proxies write one of the two headers and pass the other one on as the client wrote it. When both are present
// and differ, neither can be trusted.
std::vector<hop> hops_of(const http_request& request) {
  std::vector<hop> standard;
  for (auto x : elements(request, "Forwarded"))
    standard.push_back(hop_of(x));
  auto usual = hops_of_x_headers(request);
  if (standard.empty() || usual.empty())
    return standard.empty() ? usual : standard;
  const bool agree = std::equal(standard.begin(), standard.end(), usual.begin(), usual.end(),
                                [](const hop& x, const hop& y) { return x.address == y.address; });
  return agree ? standard : std::vector<hop>{};
}

} // namespace

std::string peer_address_of(int fd) {
  sockaddr_storage address{};
  socklen_t size = sizeof address;
  if (::getpeername(fd, reinterpret_cast<sockaddr*>(&address), &size) != 0)
    return {};
  std::array<char, INET6_ADDRSTRLEN> text{};
  if (address.ss_family == AF_INET)
    ::inet_ntop(AF_INET, &reinterpret_cast<sockaddr_in*>(&address)->sin_addr, text.data(), text.size());
  else if (address.ss_family == AF_INET6)
    ::inet_ntop(AF_INET6, &reinterpret_cast<sockaddr_in6*>(&address)->sin6_addr, text.data(), text.size());
  const std::string result = text.data();
  const auto bytes = bytes_of(result);
  return bytes.empty() ? result : text_of(bytes);
}

trusted_proxies::trusted_proxies(const std::vector<std::string>& ranges) {
  for (auto& text : ranges) {
    if (text == "unix") {
      unix_sockets_ = true;
      continue;
    }
    const auto slash = text.find('/');
    range one{bytes_of(text.substr(0, slash)), 0};
    one.bits = static_cast<unsigned>(one.bytes.size() * 8);
    bool good = !one.bytes.empty();
    if (good && slash != std::string::npos) {
      const auto widest = one.bits;
      const auto* end = text.data() + text.size();
      const auto [stop, error] = std::from_chars(text.data() + slash + 1, end, one.bits);
      good = error == std::errc{} && stop == end && one.bits <= widest;
    }
    if (!good)
      throw std::invalid_argument("expected an address or a range such as 10.0.0.0/8, not \"" + text + "\"");
    ranges_.push_back(std::move(one));
  }
}

bool trusted_proxies::trusts(std::string_view address) const {
  if (address.empty())
    return unix_sockets_;
  const auto bytes = bytes_of(address);
  return std::any_of(ranges_.begin(), ranges_.end(), [&](const range& x) {
    if (x.bytes.size() != bytes.size())
      return false;
    for (unsigned bit = 0; bit < x.bits; ++bit)
      if (((x.bytes[bit / 8] ^ bytes[bit / 8]) & (0x80U >> bit % 8)) != 0)
        return false;
    return true;
  });
}

void trusted_proxies::resolve(http_request& request) const {
  if ((ranges_.empty() && !unix_sockets_) || !trusts(request.peer_address))
    return;
  if (!has(request, "Forwarded") && !has(request, "X-Forwarded-For") && !has(request, "X-Forwarded-Proto"))
    return; // the proxy's own request
  const auto hops = hops_of(request);
  request.peer_address = unknown_address;
  for (auto x = hops.rbegin(); x != hops.rend(); ++x) {
    if (!x->scheme.empty())
      request.scheme = x->scheme;
    if (!x->host.empty())
      set_host(request, x->host);
    request.peer_address = x->address.empty() ? std::string{unknown_address} : x->address;
    if (x->address.empty() || !trusts(x->address)) // empty: hidden or malformed
      return;
  }
}

} // namespace bennu::engine
