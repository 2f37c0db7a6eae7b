#pragma once

#include <atomic>
#include <cstdint>
#include <string>

namespace bennu {

/// A bound TCP socket, kept open over restarts of the actor that accepts from it: clients in the kernel's queue are not lost.
class listening_socket {
public:
  /// @throws std::runtime_error with address and reason when the address is malformed, in use or not ours.
  listening_socket(const std::string& address, uint16_t port, int backlog);
  ~listening_socket();
  listening_socket(const listening_socket&) = delete;
  listening_socket& operator=(const listening_socket&) = delete;

  /// The port, also when any free one was asked for.
  uint16_t port() const noexcept { return port_; }
  int descriptor() const noexcept { return fd_; }

private:
  int fd_ = -1;
  uint16_t port_ = 0;
};

} // namespace bennu
