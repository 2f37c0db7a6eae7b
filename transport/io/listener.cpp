#include "transport/io/listener.hpp"

#include <cerrno>
#include <chrono>

#include <boost/asio/steady_timer.hpp>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/epoll.h>
#include <sys/socket.h>

#include "transport/io/io_unit.hpp"
#include "transport/io/reports.hpp"

namespace bennu::engine {

namespace {

// The size of the kernel's send buffer of one client. Everything else waits in the outbox, which has a bound and a
// send timeout. Without it a client that never reads takes 4 MB and more of kernel memory. 128 KiB: as much as 100
// Mbit/s have in flight during a round trip of 10 ms.
constexpr int max_unsent_bytes = 128 << 10;

// How many clients are accepted before the other sockets of the unit are served.
constexpr int accepts_per_turn = 16;

constexpr auto pause_without_descriptors = std::chrono::milliseconds{100};

} // namespace

// The part of a listener that the poller and the timer use. It may outlive its actor by a moment.
class accept_loop : public caf::ref_counted, public pollable {
public:
  accept_loop(io_unit& unit, std::shared_ptr<listening_socket> socket, std::function<void(int)> on_accept)
    : unit_(unit), socket_(std::move(socket)), on_accept_(std::move(on_accept)), timer_(unit.loop()) {}

  void start() { watching_ = unit_.sockets().watch(socket_->descriptor(), EPOLLIN, *this); }

  void stop() {
    stopped_ = true;
    timer_.cancel();
    if (std::exchange(watching_, false))
      unit_.sockets().forget(socket_->descriptor(), *this);
    socket_.reset();
  }

  void on_ready(uint32_t) override {
    for (int n = 0; n < accepts_per_turn && !stopped_; ++n) {
      const int fd = ::accept4(socket_->descriptor(), nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC);
      if (fd >= 0)
        accepted(fd);
      else if (errno == EMFILE || errno == ENFILE || errno == ENOBUFS || errno == ENOMEM)
        return pause();
      else if (errno == EAGAIN)
        return;
      // Any other error concerns only this client (accept(2): it may have disconnected already).
    }
  }

  void flush() override {}
  caf::ref_counted& counted() noexcept override { return *this; }

private:
  void accepted(int fd) {
    const int on = 1;
    ::setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    ::setsockopt(fd, IPPROTO_TCP, TCP_NOTSENT_LOWAT, &max_unsent_bytes, sizeof max_unsent_bytes);
    on_accept_(fd);
  }

  void pause() {
    limit_hit(unit_.system(), "descriptors");
    unit_.sockets().forget(socket_->descriptor(), *this);
    watching_ = false;
    timer_.expires_after(pause_without_descriptors);
    timer_.async_wait([self = caf::intrusive_ptr<accept_loop>{this}](const boost::system::error_code& error) {
      if (!error && !self->stopped_)
        self->start();
    });
  }

  io_unit& unit_;
  std::shared_ptr<listening_socket> socket_;
  std::function<void(int)> on_accept_;
  boost::asio::steady_timer timer_;
  bool watching_ = false;
  bool stopped_ = false;
};

listener::listener(caf::actor_config& config, io_unit& unit, std::shared_ptr<listening_socket> socket,
                   std::function<void(int)> on_accept)
  : process(config, &unit), loop_(caf::make_counted<accept_loop>(unit, std::move(socket), std::move(on_accept))) {}

listener::~listener() = default;

caf::behavior listener::make_behavior() {
  loop_->start();
  return {[](caf::unit_t) {}};
}

void listener::on_exit() {
  loop_->stop();
}

} // namespace bennu::engine
