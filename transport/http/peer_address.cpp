#include "transport/http/peer_address.hpp"

#include <algorithm>
#include <arpa/inet.h>
#include <array>
#include <cerrno>
#include <charconv>
#include <fcntl.h>
#include <netinet/in.h>
#include <stdexcept>
#include <strings.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <utility>

#include "transport/io/poller.hpp"
#include "transport/io/stream.hpp"
#include "transport/serving/unit_sockets.hpp"

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

std::string_view trimmed(std::string_view x) {
  const auto first = x.find_first_not_of(" \t\"");
  return first == std::string_view::npos ? std::string_view{}
                                         : x.substr(first, x.find_last_not_of(" \t\"") - first + 1);
}

// The address in `192.0.2.1`, `192.0.2.1:80`, `[2001:db8::1]:80` or `2001:db8::1`. Empty when there is none.
std::string address_in(std::string_view node) {
  node = trimmed(node);
  if (node.starts_with('['))
    node = node.substr(1, node.find(']') == std::string_view::npos ? 0 : node.find(']') - 1);
  else if (std::count(node.begin(), node.end(), ':') == 1)
    node = node.substr(0, node.find(':'));
  const auto bytes = bytes_of(node);
  return bytes.empty() ? std::string{} : text_of(bytes);
}

std::vector<std::string_view> split(std::string_view list, char by) {
  std::vector<std::string_view> result;
  while (!list.empty()) {
    const auto end = list.find(by);
    result.push_back(trimmed(list.substr(0, end)));
    list = end == std::string_view::npos ? std::string_view{} : list.substr(end + 1);
  }
  return result;
}

// The elements of all headers with that name, which form one list (RFC 9110 §5.3).
std::vector<std::string_view> elements(const http_request& of, std::string_view name) {
  std::vector<std::string_view> result;
  for (auto& [key, value] : of.headers)
    if (key.size() == name.size() && ::strncasecmp(key.data(), name.data(), name.size()) == 0)
      for (auto x : split(value, ','))
        result.push_back(x);
  return result;
}

// The scheme with which a client reached a proxy: `https` also for a WebSocket over TLS. Empty for any other word.
std::string scheme_of(std::string_view text) {
  const auto is = [text](std::string_view x) {
    return text.size() == x.size() && ::strncasecmp(text.data(), x.data(), x.size()) == 0;
  };
  return is("https") || is("wss") ? "https" : is("http") || is("ws") ? "http" : "";
}

// One hop, as a proxy describes it.
struct hop {
  std::string address;
  std::string scheme;
};

hop hop_of(std::string_view forwarded) {
  hop result;
  for (auto pair : split(forwarded, ';')) {
    const auto equals = pair.find('=');
    if (equals == std::string_view::npos)
      continue;
    const auto name = trimmed(pair.substr(0, equals));
    const auto value = trimmed(pair.substr(equals + 1));
    if (name.size() == 3 && ::strncasecmp(name.data(), "for", 3) == 0)
      result.address = address_in(value);
    else if (name.size() == 5 && ::strncasecmp(name.data(), "proto", 5) == 0)
      result.scheme = scheme_of(value);
  }
  return result;
}

std::vector<hop> hops_of_x_headers(const http_request& request) {
  std::vector<hop> result;
  const auto schemes = elements(request, "X-Forwarded-Proto");
  for (auto x : elements(request, "X-Forwarded-For"))
    result.push_back({address_in(x), schemes.empty() ? std::string{} : scheme_of(schemes.back())});
  if (result.empty() && !schemes.empty())
    result.push_back({request.peer_address, scheme_of(schemes.back())});
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
      throw std::invalid_argument("a trusted proxy is an address or a range such as 10.0.0.0/8, not \"" + text + "\"");
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
  const auto hops = hops_of(request);
  for (auto x = hops.rbegin(); x != hops.rend(); ++x) {
    if (!x->scheme.empty())
      request.scheme = x->scheme;
    if (x->address.empty()) // hidden or malformed: the client is unknown
      return;
    request.peer_address = x->address;
    if (!trusts(x->address))
      return;
  }
}

namespace {

using found = std::optional<std::variant<std::monostate, proxy_header>>;

constexpr std::string_view signature{"\r\n\r\n\0\r\nQUIT\n", 12};

// The longest line of version 1 has 107 bytes. Version 2 may contain TLVs: HAProxy sends some dozens of bytes.
constexpr size_t max_line_bytes = 107;
constexpr size_t max_bytes = 4096;

const found incomplete = std::monostate{};

std::string_view take_word(std::string_view& line) {
  const auto word = line.substr(0, line.find(' '));
  line.remove_prefix(std::min(line.size(), word.size() + 1));
  return word;
}

// `PROXY TCP4 192.0.2.1 198.51.100.1 56324 443\r\n`
found parse_line(std::string_view bytes) {
  const auto end = bytes.substr(0, max_line_bytes).find("\r\n");
  if (end == std::string_view::npos)
    return bytes.size() < max_line_bytes ? incomplete : std::nullopt;
  auto line = bytes.substr(0, end);
  proxy_header result{end + 2};
  take_word(line);
  const auto family = take_word(line);
  if (family == "UNKNOWN")
    return result;
  const int kind = family == "TCP4" ? AF_INET : family == "TCP6" ? AF_INET6 : AF_UNSPEC;
  std::array<unsigned char, 16> ignored{};
  const std::string address{take_word(line)};
  if (kind == AF_UNSPEC || ::inet_pton(kind, address.c_str(), ignored.data()) != 1)
    return std::nullopt;
  result.address = address;
  return result;
}

found parse_binary(std::string_view bytes) {
  constexpr size_t fixed = 16;
  if (bytes.size() < fixed)
    return incomplete;
  const auto at = [bytes](size_t i) { return static_cast<unsigned char>(bytes[i]); };
  const size_t length = at(14) * 256U + at(15);
  const auto version = at(12) >> 4U;
  const auto command = at(12) & 15U;
  if (version != 2 || command > 1 || fixed + length > max_bytes)
    return std::nullopt;
  if (bytes.size() < fixed + length)
    return incomplete;
  proxy_header result{fixed + length};
  if (command == 0) // a health check of the load balancer itself
    return result;
  const auto family = at(13) >> 4U;
  const size_t needed = family == 1 ? 12 : family == 2 ? 36 : 0;
  if (needed == 0 || length < needed)
    return family == 0 ? found{result} : std::nullopt;
  std::array<char, INET6_ADDRSTRLEN> text{};
  ::inet_ntop(family == 1 ? AF_INET : AF_INET6, bytes.data() + fixed, text.data(), text.size());
  result.address = text.data();
  return result;
}

// Peeks at the bytes until the header is complete, and takes no byte beyond it. Edge-triggered, because the bytes
// stay in the socket.
class header_reader final : public caf::ref_counted, public pollable, private idle_node {
public:
  header_reader(unit_sockets& home, int fd, std::function<void(int, std::optional<std::string>)> next)
    : home_(home), socket_(make_socket_stream(fd)), next_(std::move(next)) {}

  void start() {
    watched_ = home_.unit().sockets().watch(socket_->descriptor(), EPOLLIN | EPOLLET, *this);
    home_.requests().touch(*this, std::chrono::steady_clock::now());
    if (!watched_)
      close();
  }

  void on_ready(uint32_t) override {
    std::array<char, max_bytes> bytes; // NOLINT: filled by recv
    const auto n = ::recv(socket_->descriptor(), bytes.data(), bytes.size(), MSG_PEEK | MSG_DONTWAIT);
    if (n < 0 && (errno == EAGAIN || errno == EINTR))
      return;
    const auto header = n > 0 ? parse_proxy_header({bytes.data(), static_cast<size_t>(n)}) : std::nullopt;
    if (!header)
      return close();
    const auto* whole = std::get_if<proxy_header>(&*header);
    if (whole == nullptr)
      return;
    (void)!::recv(socket_->descriptor(), bytes.data(), whole->size, MSG_DONTWAIT);
    caf::intrusive_ptr<header_reader> alive{this};
    const int fd = ::fcntl(socket_->descriptor(), F_DUPFD_CLOEXEC, 0);
    const auto address = whole->address;
    close();
    if (fd >= 0)
      next_(fd, address);
  }

  void flush() override {}
  void on_failure() override { close(); }
  caf::ref_counted& counted() noexcept override { return *this; }

private:
  void on_idle() override { close(); }
  void on_shutdown() override { close(); }

  void close() {
    caf::intrusive_ptr<header_reader> alive{this};
    unlink();
    if (std::exchange(watched_, false))
      home_.unit().sockets().forget(socket_->descriptor(), *this);
    socket_.reset();
  }

  unit_sockets& home_;
  std::unique_ptr<stream> socket_;
  std::function<void(int, std::optional<std::string>)> next_;
  bool watched_ = false;
};

} // namespace

found parse_proxy_header(std::string_view bytes) {
  constexpr std::string_view word = "PROXY ";
  if (bytes.substr(0, signature.size()) == signature.substr(0, bytes.size()))
    return parse_binary(bytes);
  if (bytes.substr(0, word.size()) == word.substr(0, bytes.size()))
    return parse_line(bytes);
  return std::nullopt;
}

void read_proxy_header(unit_sockets& home, int fd, std::function<void(int fd, std::optional<std::string>)> next) {
  caf::make_counted<header_reader>(home, fd, std::move(next))->start();
}

} // namespace bennu::engine
