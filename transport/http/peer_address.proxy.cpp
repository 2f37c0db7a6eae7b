#include "transport/http/peer_address.hpp"

#include <algorithm>
#include <arpa/inet.h>
#include <array>
#include <cerrno>
#include <fcntl.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <utility>

#include "transport/io/poller.hpp"
#include "transport/io/stream.hpp"
#include "transport/io/unit_sockets.hpp"

namespace bennu::engine {

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

  void start(idle_list& until) {
    watched_ = home_.unit().sockets().watch(socket_->descriptor(), EPOLLIN | EPOLLET, *this);
    until.touch(*this, std::chrono::steady_clock::now());
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

void read_proxy_header(unit_sockets& home, int fd, idle_list& until,
                       std::function<void(int fd, std::optional<std::string>)> next) {
  caf::make_counted<header_reader>(home, fd, std::move(next))->start(until);
}

} // namespace bennu::engine
