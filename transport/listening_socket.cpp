#include "transport/listening_socket.hpp"

#include <cerrno>
#include <stdexcept>
#include <system_error>

#include <boost/asio/ip/tcp.hpp>
#include <sys/socket.h>
#include <unistd.h>

namespace bennu {

namespace {

using boost::asio::ip::tcp;

[[noreturn]] void fail(const std::string& address, uint16_t port, const std::string& why) {
  throw std::runtime_error("cannot listen at " + address + " port " + std::to_string(port) + ": " + why);
}

std::string advice(int error) {
  const auto text = std::generic_category().message(error);
  if (error == EADDRINUSE)
    return text + "; another program serves there: end it, or choose another port (0 takes any free one)";
  if (error == EACCES)
    return text + "; ports below 1024 are the superuser's: choose a higher one";
  if (error == EADDRNOTAVAIL)
    return text + "; this machine has no such address";
  return text;
}

} // namespace

listening_socket::listening_socket(const std::string& address, uint16_t port, int backlog) {
  boost::system::error_code error;
  const auto ip = boost::asio::ip::make_address(address, error);
  if (error)
    fail(address, port, "not a numeric IPv4 or IPv6 address");
  const tcp::endpoint where{ip, port};
  fd_ = ::socket(where.protocol().family(), SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  const int on = 1;
  ::setsockopt(fd_, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
  if (fd_ < 0 || ::bind(fd_, where.data(), static_cast<socklen_t>(where.size())) != 0 || ::listen(fd_, backlog) != 0) {
    const int reason = errno;
    if (fd_ >= 0)
      ::close(fd_);
    fail(address, port, advice(reason));
  }
  tcp::endpoint bound;
  auto size = static_cast<socklen_t>(bound.capacity());
  ::getsockname(fd_, bound.data(), &size);
  port_ = bound.port();
}

listening_socket::~listening_socket() {
  ::close(fd_);
}

} // namespace bennu
