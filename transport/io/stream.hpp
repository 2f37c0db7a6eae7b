#pragma once

#include <cstddef>
#include <memory>
#include <span>

#include <sys/types.h>
#include <sys/uio.h>

namespace bennu::engine {

/// A connected, non-blocking byte stream: the door at which the network can fail. Implemented by a TCP or Unix socket, by TLS over
/// one (`tls_context`), and by faulty ones in tests.
///
/// Thread safety: none. Closes its descriptor when it is destroyed.
class stream {
public:
  virtual ~stream() = default;

  /// Reads what is there. @returns bytes read; 0: the peer has ended; -1 with errno (EAGAIN: nothing there now).
  virtual ssize_t read(std::span<char> into) = 0;

  /// Writes as much as there is room for. @returns bytes taken, or -1 with errno (EAGAIN: nothing taken now).
  virtual ssize_t write(std::span<const iovec> from) = 0;

  /// Bytes that were taken, or that the stream itself has to say, wait for the kernel: wait for room and call `flush`.
  virtual bool unsent() const noexcept { return false; }

  /// Sends what is `unsent`, as far as there is room. @returns false, with errno, when the connection is broken.
  virtual bool flush() { return true; }

  /// Whether nobody can read along.
  virtual bool secure() const noexcept { return false; }

  /// No more will be written; the peer sees the end after what was.
  virtual void shutdown_write() noexcept = 0;

  /// The descriptor to wait for.
  virtual int descriptor() const noexcept = 0;

  /// Bytes that the kernel has and the peer has not taken yet.
  size_t bytes_in_kernel() const noexcept;

  /// The peer will not take them: they go when the stream is destroyed, and it hears of a reset. Otherwise the kernel would keep them for
  /// minutes.
  void forsake() noexcept;
};

/// Takes over the connected socket `fd` and makes it non-blocking.
std::unique_ptr<stream> make_socket_stream(int fd);

} // namespace bennu::engine
