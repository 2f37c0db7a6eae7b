#include "transport/io/stream.hpp"

#include <fcntl.h>
#include <linux/sockios.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

namespace bennu::engine {

namespace {

class socket_stream final : public stream {
public:
  explicit socket_stream(int fd) noexcept : fd_(fd) {}
  ~socket_stream() override { ::close(fd_); }

  ssize_t read(std::span<char> into) override { return ::recv(fd_, into.data(), into.size(), MSG_DONTWAIT); }

  ssize_t write(std::span<const iovec> from) override {
    if (from.size() == 1)
      return ::send(fd_, from[0].iov_base, from[0].iov_len, MSG_DONTWAIT | MSG_NOSIGNAL);
    msghdr message{};
    message.msg_iov = const_cast<iovec*>(from.data());
    message.msg_iovlen = from.size();
    return ::sendmsg(fd_, &message, MSG_DONTWAIT | MSG_NOSIGNAL);
  }

  void shutdown_write() noexcept override { ::shutdown(fd_, SHUT_WR); }

  int descriptor() const noexcept override { return fd_; }

private:
  int fd_;
};

} // namespace

std::unique_ptr<stream> make_socket_stream(int fd) {
  ::fcntl(fd, F_SETFL, ::fcntl(fd, F_GETFL) | O_NONBLOCK);
  return std::make_unique<socket_stream>(fd);
}

size_t stream::bytes_in_kernel() const noexcept {
  int bytes = 0;
  return ::ioctl(descriptor(), SIOCOUTQ, &bytes) == 0 ? static_cast<size_t>(bytes) : 0;
}

void stream::forsake() noexcept {
  const linger none{1, 0};
  ::setsockopt(descriptor(), SOL_SOCKET, SO_LINGER, &none, sizeof none);
}

} // namespace bennu::engine
