#pragma once

#include <atomic>
#include <cstdint>
#include <string>

namespace bennu::engine {

/// A bound TCP or Unix socket. It stays open when the actor that accepts from it restarts, so that clients in the
/// kernel's queue are not lost.
class listening_socket {
public:
  /// @param address numeric, IPv4 or IPv6, or `unix:PATH`. A dead socket at that path is replaced; one with a running
  /// server is not
  /// @param shared whether other sockets of this server listen on the same port (SO_REUSEPORT)
  /// @throws std::runtime_error with address and reason when the address is malformed, in use or not permitted.
  listening_socket(const std::string& address, uint16_t port, int backlog, bool shared = false);
  ~listening_socket();
  listening_socket(const listening_socket&) = delete;
  listening_socket& operator=(const listening_socket&) = delete;

  /// The port, also when any free port was requested; 0 for a Unix socket.
  uint16_t port() const noexcept { return port_; }
  int descriptor() const noexcept { return fd_; }

private:
  void open_unix(const std::string& path, int backlog);
  void open_tcp(const std::string& address, uint16_t port, int backlog, bool shared);

  int fd_ = -1;
  uint16_t port_ = 0;
  std::string path_; ///< the path of a Unix socket, which is removed in the end
};

} // namespace bennu::engine
