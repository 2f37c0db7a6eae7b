#include "transport/io/listening_socket.hpp"

#include <cerrno>
#include <cstring>
#include <stdexcept>
#include <system_error>

#include <boost/asio/ip/tcp.hpp>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

namespace bennu::engine {

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

void close_quietly(int fd) {
  if (fd >= 0)
    ::close(fd);
}

// A Unix socket whose server has ended without removing it refuses connections. So does a file that is not a socket;
// such a file is left alone.
bool is_left_behind(const sockaddr& where, socklen_t size, const std::string& path) {
  struct stat there {};
  if (::lstat(path.c_str(), &there) != 0 || !S_ISSOCK(there.st_mode))
    return false;
  const int fd = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  const bool refused = ::connect(fd, &where, size) != 0 && errno == ECONNREFUSED;
  close_quietly(fd);
  return refused;
}

} // namespace

listening_socket::listening_socket(const std::string& address, uint16_t port, int backlog, bool shared) {
  if (address.starts_with("unix:"))
    open_unix(address.substr(5), backlog);
  else
    open_tcp(address, port, backlog, shared);
}

void listening_socket::open_tcp(const std::string& address, uint16_t port, int backlog, bool shared) {
  boost::system::error_code error;
  const auto ip = boost::asio::ip::make_address(address, error);
  if (error)
    fail(address, port, "not a numeric IPv4 or IPv6 address");
  const tcp::endpoint where{ip, port};
  fd_ = ::socket(where.protocol().family(), SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  const int on = 1;
  ::setsockopt(fd_, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
  if (shared)
    ::setsockopt(fd_, SOL_SOCKET, SO_REUSEPORT, &on, sizeof on);
  if (fd_ < 0 || ::bind(fd_, where.data(), static_cast<socklen_t>(where.size())) != 0 || ::listen(fd_, backlog) != 0) {
    const int reason = errno;
    close_quietly(fd_);
    fail(address, port, advice(reason));
  }
  tcp::endpoint bound;
  auto size = static_cast<socklen_t>(bound.capacity());
  ::getsockname(fd_, bound.data(), &size);
  port_ = bound.port();
}

void listening_socket::open_unix(const std::string& path, int backlog) {
  sockaddr_un where{};
  where.sun_family = AF_UNIX;
  if (path.empty() || path.size() >= sizeof where.sun_path)
    throw std::runtime_error("cannot listen at unix:" + path + ": a path of 1 to "
                             + std::to_string(sizeof where.sun_path - 1) + " bytes is needed");
  std::memcpy(where.sun_path, path.data(), path.size());
  const auto* address = reinterpret_cast<const sockaddr*>(&where);
  fd_ = ::socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  if (is_left_behind(*address, sizeof where, path))
    ::unlink(path.c_str());
  if (fd_ < 0 || ::bind(fd_, address, sizeof where) != 0 || ::listen(fd_, backlog) != 0) {
    const int reason = errno;
    close_quietly(fd_);
    throw std::runtime_error("cannot listen at unix:" + path + ": " + std::generic_category().message(reason));
  }
  path_ = path;
}

listening_socket::~listening_socket() {
  ::close(fd_);
  if (!path_.empty())
    ::unlink(path_.c_str());
}

} // namespace bennu::engine
