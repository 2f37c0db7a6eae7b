#pragma once

#include <cstddef>
#include <memory>
#include <span>

#include <sys/types.h>
#include <sys/uio.h>

namespace bennu::engine {

/// A connected, non-blocking byte stream. Implementations are a TCP or Unix socket, TLS over one (`tls_context`), and
/// faulty streams in tests.
///
/// Thread safety: none. The destructor closes the descriptor.
class stream {
public:
  virtual ~stream() = default;

  /// Reads the available bytes. @returns their number; 0 when the peer has ended; -1 with errno (EAGAIN: nothing is
  /// available now).
  virtual ssize_t read(std::span<char> into) = 0;

  /// Writes as much as possible. @returns the number of accepted bytes, or -1 with errno (EAGAIN: nothing was
  /// accepted now).
  virtual ssize_t write(std::span<const iovec> from) = 0;

  /// Whether the stream holds bytes for the kernel: accepted ones, or those of its protocol. Then wait until the
  /// descriptor is writable and call `flush`.
  virtual bool unsent() const noexcept { return false; }

  /// Sends the held bytes as far as possible. @returns false with errno when the connection is broken.
  virtual bool flush() { return true; }

  /// Whether the connection is encrypted.
  virtual bool secure() const noexcept { return false; }

  /// Ends writing. The peer notices the end after it has received everything.
  virtual void shutdown_write() noexcept = 0;

  /// The descriptor to wait for.
  virtual int descriptor() const noexcept = 0;

  /// The bytes that the kernel holds and the peer has not received yet.
  size_t bytes_in_kernel() const noexcept;

  /// Makes the destructor reset the connection and drop the unsent bytes. Otherwise the kernel would keep them for
  /// minutes, because the peer does not receive them.
  void forsake() noexcept;
};

/// Takes ownership of the connected socket `fd` and makes it non-blocking.
std::unique_ptr<stream> make_socket_stream(int fd);

} // namespace bennu::engine
