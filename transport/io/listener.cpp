#include "transport/io/listener.hpp"

#include <cerrno>
#include <chrono>
#include <exception>
#include <thread>
#include <utility>

#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include "transport/io/reports.hpp"

namespace bennu::engine {

namespace {

// The size of the kernel's send buffer of one client. Everything else waits in the outbox, which has a bound and a
// send timeout. Without it a client that never reads takes 4 MB and more of kernel memory. 128 KiB: as much as 100
// Mbit/s have in flight during a round trip of 10 ms.
constexpr int max_unsent_bytes = 128 << 10;

constexpr int pause_without_resources_ms = 100;

// How long an io unit may leave a newcomer to itself before another one is asked.
constexpr int between_wakes_ms = 20;

constexpr auto between_reports = std::chrono::seconds{1};

int open_spare() noexcept {
  return ::open("/dev/null", O_RDONLY | O_CLOEXEC);
}

void close_if_open(int fd) noexcept {
  if (fd >= 0)
    ::close(fd);
}

} // namespace

class accept_thread {
public:
  accept_thread(const caf::actor_system& system, std::shared_ptr<listening_socket> socket, listener::callbacks to)
    : system_(system), socket_(std::move(socket)), to_(std::move(to)), stop_(::eventfd(0, EFD_CLOEXEC)),
      spare_(open_spare()), thread_([this] { run(); }) {}

  ~accept_thread() {
    const uint64_t one = 1;
    (void)!::write(stop_, &one, sizeof one);
    thread_.join();
    close_if_open(spare_);
    close_if_open(stop_);
  }

  accept_thread(const accept_thread&) = delete;
  accept_thread& operator=(const accept_thread&) = delete;

private:
  void run() {
    for (bool watched = false; wait(socket_->descriptor(), watched ? between_wakes_ms : -1);)
      try {
        watched = accept_all() || (watched && to_.wake_again());
      } catch (const std::exception& x) {
        report_handler_exception(system_, x.what());
      }
  }

  // @returns false when it is time to stop.
  bool wait(int fd, int milliseconds) const {
    pollfd both[] = {{stop_, POLLIN, 0}, {fd, POLLIN, 0}};
    ::poll(both, fd < 0 ? 1 : 2, milliseconds);
    return (both[0].revents & POLLIN) == 0;
  }

  // @returns whether there was a client.
  bool accept_all() {
    for (bool any = false;; any = true) {
      if (const int fd = accept_one(); fd >= 0) {
        accepted(fd);
        continue;
      }
      if (errno == EMFILE || errno == ENFILE)
        turn_one_away();
      else if (errno == ENOBUFS || errno == ENOMEM)
        pause();
      else if (errno != EAGAIN) // the one client's misfortune (accept(2): it may have gone already)
        continue;
      return any;
    }
  }

  int accept_one() const { return ::accept4(socket_->descriptor(), nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC); }

  void accepted(int fd) {
    const int on = 1;
    ::setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    ::setsockopt(fd, IPPROTO_TCP, TCP_NOTSENT_LOWAT, &max_unsent_bytes, sizeof max_unsent_bytes);
    to_.accepted(fd);
  }

  void turn_one_away() {
    report();
    close_if_open(std::exchange(spare_, -1));
    const int fd = accept_one();
    if (fd >= 0)
      to_.turned_away(fd);
    spare_ = open_spare();
    if (fd < 0 || spare_ < 0) // somebody else was faster
      pause();
  }

  void pause() {
    report();
    wait(-1, pause_without_resources_ms);
    if (spare_ < 0)
      spare_ = open_spare();
  }

  void report() {
    const auto now = std::chrono::steady_clock::now();
    if (now < next_report_)
      return;
    next_report_ = now + between_reports;
    limit_hit(system_, "descriptors");
  }

  const caf::actor_system& system_;
  std::shared_ptr<listening_socket> socket_;
  listener::callbacks to_;
  const int stop_;
  int spare_; ///< given up for the client that is turned away
  std::chrono::steady_clock::time_point next_report_{};
  std::thread thread_; ///< last: it uses the others
};

listener::listener(caf::actor_config& config, std::shared_ptr<listening_socket> socket, callbacks to)
  : process(config), thread_(std::make_unique<accept_thread>(system(), std::move(socket), std::move(to))) {}

listener::~listener() = default;

caf::behavior listener::make_behavior() {
  return {[](caf::unit_t) {}};
}

void listener::on_exit() {
  thread_.reset();
}

} // namespace bennu::engine
