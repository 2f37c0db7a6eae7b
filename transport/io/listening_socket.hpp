#pragma once

#include <atomic>
#include <cstdint>
#include <string>

namespace bennu::engine {

/// A bound TCP or Unix socket, kept open over restarts of the actor that accepts from it: clients in the kernel's queue are not lost.
class listening_socket {
public:
  /// @param address numeric, IPv4 or IPv6, or `unix:PATH`: a socket that was left behind there is replaced, one that lives is not
  /// @param shared whether others of ours listen at the same port (SO_REUSEPORT)
  /// @throws std::runtime_error with address and reason when the address is malformed, in use or not ours.
  listening_socket(const std::string& address, uint16_t port, int backlog, bool shared = false);
  ~listening_socket();
  listening_socket(const listening_socket&) = delete;
  listening_socket& operator=(const listening_socket&) = delete;

  /// The port, also when any free one was asked for; 0 of a Unix socket.
  uint16_t port() const noexcept { return port_; }
  int descriptor() const noexcept { return fd_; }

private:
  void open_unix(const std::string& path, int backlog);
  void open_tcp(const std::string& address, uint16_t port, int backlog, bool shared);

  int fd_ = -1;
  uint16_t port_ = 0;
  std::string path_; ///< of a Unix socket, removed in the end
};

} // namespace bennu::engine
