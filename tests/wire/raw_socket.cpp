#include "tests/wire/raw_socket.hpp"

#include <array>
#include <cerrno>
#include <stdexcept>
#include <system_error>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

namespace bennu::test {

raw_socket::raw_socket(uint16_t port) : fd_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
  const timeval patience{15, 0};
  ::setsockopt(fd_, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  if (::connect(fd_, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) {
    const int error = errno;
    ::close(fd_);
    throw std::system_error(error, std::generic_category(), "connect");
  }
}

raw_socket::~raw_socket() {
  ::close(fd_);
}

void raw_socket::write(std::string_view bytes) {
  while (!bytes.empty()) {
    const auto sent = ::send(fd_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (sent < 0)
      throw std::system_error(errno, std::generic_category(), "send");
    bytes.remove_prefix(static_cast<size_t>(sent));
  }
}

std::string raw_socket::read(size_t size) {
  while (in_.size() < size)
    read_more();
  auto result = in_.substr(0, size);
  in_.erase(0, size);
  return result;
}

std::string raw_socket::read_until(std::string_view mark) {
  while (in_.find(mark) == std::string::npos)
    read_more();
  return read(in_.find(mark) + mark.size());
}

void raw_socket::read_more() {
  std::array<char, 65536> buffer; // NOLINT: filled by recv
  const auto size = ::recv(fd_, buffer.data(), buffer.size(), 0);
  if (size == 0)
    throw std::runtime_error("the server ended the connection");
  if (size < 0)
    throw std::runtime_error(errno == EAGAIN ? "nothing came for fifteen seconds" : "the server broke the connection");
  in_.append(buffer.data(), static_cast<size_t>(size));
}

} // namespace bennu::test
