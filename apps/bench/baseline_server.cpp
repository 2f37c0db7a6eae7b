#include "apps/bench/baseline_server.hpp"

#include <cerrno>
#include <csignal>
#include <cstdio>
#include <system_error>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <unistd.h>

#include "apps/bench/baseline_connection.hpp"

namespace bennu::bench {

namespace {

volatile std::sig_atomic_t stop_wanted = 0;

class baseline_listener final : watcher {
public:
  baseline_listener(baseline_state& state, uint16_t port)
    : state_(state), fd_(::socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0)) {
    const int on = 1;
    ::setsockopt(fd_, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(port);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    if (::bind(fd_, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0 || ::listen(fd_, 4096) != 0)
      throw std::system_error(errno, std::generic_category(), "cannot listen on 127.0.0.1:" + std::to_string(port));
    state_.loop.add(fd_, EPOLLIN, *this);
  }

  ~baseline_listener() { ::close(fd_); }
  baseline_listener(const baseline_listener&) = delete;
  baseline_listener& operator=(const baseline_listener&) = delete;

  int port() const {
    sockaddr_in address{};
    socklen_t size = sizeof address;
    ::getsockname(fd_, reinterpret_cast<sockaddr*>(&address), &size);
    return ntohs(address.sin_port);
  }

private:
  void ready(uint32_t) override {
    int fd = 0;
    while ((fd = ::accept4(fd_, nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC)) >= 0) {
      const int on = 1;
      ::setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
      state_.connections[fd] = std::make_unique<baseline_connection>(state_, fd);
    }
  }

  baseline_state& state_;
  int fd_;
};

} // namespace

void run_baseline_server(uint16_t port) {
  for (const int signal : {SIGTERM, SIGINT})
    std::signal(signal, [](int) { stop_wanted = 1; });
  baseline_state state;
  const baseline_listener listener(state, port);
  std::printf("ready %d\n", listener.port());
  std::fflush(stdout);
  while (stop_wanted == 0) {
    state.loop.turn(std::chrono::seconds{1});
    for (const int fd : state.closed)
      state.connections.erase(fd);
    state.closed.clear();
  }
}

} // namespace bennu::bench
