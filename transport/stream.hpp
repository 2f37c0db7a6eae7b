#pragma once

#include <cstddef>
#include <memory>
#include <span>

#include <sys/types.h>
#include <sys/uio.h>

namespace bennu {

/// A connected, non-blocking byte stream: the door at which the network can fail. Implemented by a TCP socket, by TLS over
/// one, and by faulty ones in tests.
///
/// Thread safety: none. Closes its descriptor when it is destroyed.
class stream {
public:
  virtual ~stream() = default;

  /// Reads what is there. @returns bytes read; 0: the peer has ended; -1 with errno (EAGAIN: nothing there now).
  virtual ssize_t read(std::span<char> into) = 0;

  /// Writes as much as the kernel takes. @returns bytes written, or -1 with errno (EAGAIN: nothing taken now).
  virtual ssize_t write(std::span<const iovec> from) = 0;

  /// No more will be written; the peer sees the end after what was.
  virtual void shutdown_write() noexcept = 0;

  /// The descriptor to wait for.
  virtual int descriptor() const noexcept = 0;
};

/// Takes over the connected socket `fd` and makes it non-blocking.
std::unique_ptr<stream> make_tcp_stream(int fd);

} // namespace bennu
