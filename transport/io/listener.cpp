#include "transport/io/listener.hpp"

#include <cerrno>
#include <chrono>
#include <cstring>
#include <exception>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdexcept>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <system_error>
#include <thread>
#include <unistd.h>
#include <utility>

#include <boost/asio/ip/tcp.hpp>

#include "supervision/process/crash_report.hpp"
#include "transport/io/connection_slot.hpp"
#include <bennu/supervision/exit.hpp>

namespace bennu::engine {

namespace {

using boost::asio::ip::tcp;

[[noreturn]] void fail(const std::string& address, uint16_t port, const std::string& why) {
  throw std::runtime_error("cannot listen at " + address + " port " + std::to_string(port) + ": " + why);
}

std::string advice(int error) {
  const auto text = std::generic_category().message(error);
  if (error == EADDRINUSE)
    return text + "; another program serves there: end it, or choose another port (0 takes any free one)";
  if (error == EACCES)
    return text + "; only root may use ports below 1024: choose a higher one";
  if (error == EADDRNOTAVAIL)
    return text + "; this machine has no such address";
  return text;
}

void close_quietly(int fd) {
  if (fd >= 0)
    ::close(fd);
}

// A Unix socket whose server has ended without removing it refuses connections. So does a file that is not a socket;
// such a file is left alone.
bool is_left_behind(const sockaddr& where, socklen_t size, const std::string& path) {
  struct stat there {};
  if (::lstat(path.c_str(), &there) != 0 || !S_ISSOCK(there.st_mode))
    return false;
  const int fd = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  const bool refused = ::connect(fd, &where, size) != 0 && errno == ECONNREFUSED;
  close_quietly(fd);
  return refused;
}

} // namespace

bool accepts_no_more(int error) noexcept {
  return error == EBADF || error == EINVAL || error == ENOTSOCK || error == EFAULT;
}

listening_socket::listening_socket(const std::string& address, uint16_t port, int backlog, bool shared, mode_t mode) {
  if (address.starts_with("unix:"))
    open_unix(address.substr(5), backlog, mode);
  else
    open_tcp(address, port, backlog, shared);
}

void listening_socket::open_tcp(const std::string& address, uint16_t port, int backlog, bool shared) {
  boost::system::error_code error;
  const auto ip = boost::asio::ip::make_address(address, error);
  if (error)
    fail(address, port, "not a numeric IPv4 or IPv6 address");
  const tcp::endpoint where{ip, port};
  fd_ = ::socket(where.protocol().family(), SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  const int on = 1;
  ::setsockopt(fd_, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
  if (shared)
    ::setsockopt(fd_, SOL_SOCKET, SO_REUSEPORT, &on, sizeof on);
  if (fd_ < 0 || ::bind(fd_, where.data(), static_cast<socklen_t>(where.size())) != 0 || ::listen(fd_, backlog) != 0) {
    const int reason = errno;
    close_quietly(fd_);
    fail(address, port, advice(reason));
  }
  tcp::endpoint bound;
  auto size = static_cast<socklen_t>(bound.capacity());
  ::getsockname(fd_, bound.data(), &size);
  port_ = bound.port();
}

// unix(7): bind makes the file with the permissions of the socket itself, less the umask. So they are set before, and
// the umask, which belongs to all threads, stays.
void listening_socket::open_unix(const std::string& path, int backlog, mode_t mode) {
  sockaddr_un where{};
  where.sun_family = AF_UNIX;
  if (path.empty() || path.size() >= sizeof where.sun_path)
    throw std::runtime_error("cannot listen at unix:" + path + ": a path of 1 to "
                             + std::to_string(sizeof where.sun_path - 1) + " bytes is needed");
  std::memcpy(where.sun_path, path.data(), path.size());
  const auto* address = reinterpret_cast<const sockaddr*>(&where);
  fd_ = ::socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  if (is_left_behind(*address, sizeof where, path))
    ::unlink(path.c_str());
  if (fd_ < 0 || ::fchmod(fd_, mode) != 0 || ::bind(fd_, address, sizeof where) != 0 || ::listen(fd_, backlog) != 0) {
    const int reason = errno;
    close_quietly(fd_);
    throw std::runtime_error("cannot listen at unix:" + path + ": " + std::generic_category().message(reason));
  }
  struct stat own {};
  if (::lstat(path.c_str(), &own) == 0) {
    path_ = path;
    device_ = own.st_dev;
    inode_ = own.st_ino;
  }
}

// The file goes first: as long as this socket listens, no other program takes it for one that was left behind. What
// somebody has put in its place stays.
listening_socket::~listening_socket() {
  struct stat there {};
  if (!path_.empty() && ::lstat(path_.c_str(), &there) == 0 && there.st_dev == device_ && there.st_ino == inode_)
    ::unlink(path_.c_str());
  ::close(fd_);
}

namespace {

// The size of the kernel's send buffer of one client. Everything else waits in the outbox, which has a bound and a
// send timeout. Without it a client that never reads takes 4 MB and more of kernel memory. 128 KiB: as much as 100
// Mbit/s have in flight during a round trip of 10 ms.
constexpr int max_unsent_bytes = 128 << 10;

constexpr int pause_without_resources_ms = 100;

// How long a new client may wait for an io unit before another unit is woken.
constexpr int between_wakes_ms = 20;

constexpr auto between_reports = std::chrono::seconds{1};

int make_event() {
  const int fd = ::eventfd(0, EFD_CLOEXEC);
  if (fd < 0)
    throw std::system_error(errno, std::generic_category(), "eventfd");
  return fd;
}

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
  /// `lost` is called once, on the thread, when the socket accepts no more.
  accept_thread(const caf::actor_system& system, std::shared_ptr<listening_socket> socket, listener::callbacks to,
                std::function<void(const std::string& why)> lost)
    : system_(system), socket_(std::move(socket)), to_(std::move(to)), lost_(std::move(lost)), stop_(make_event()),
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
    for (bool watched = false; !is_lost_ && wait(socket_->descriptor(), watched ? between_wakes_ms : -1);)
      try {
        watched = accept_all() || (watched && to_.wake_again());
      } catch (...) {
        report_handler_exception(system_, exception_text());
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
      else if (accepts_no_more(errno))
        lose(errno);
      else if (errno != EAGAIN) // concerns only this client, which may have disconnected (accept(2))
        continue;
      return any;
    }
  }

  void lose(int error) {
    is_lost_ = true;
    lost_("the listening socket is lost: " + std::generic_category().message(error));
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
    if (fd < 0 || spare_ < 0) // another thread has taken the descriptor
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
  std::function<void(const std::string&)> lost_;
  bool is_lost_ = false;
  const int stop_;
  int spare_; ///< closed to accept a client that is turned away
  std::chrono::steady_clock::time_point next_report_{};
  std::thread thread_; ///< the last member, because it uses the others
};

listener::listener(caf::actor_config& config, std::shared_ptr<listening_socket> socket, callbacks to)
  : process(config), thread_(std::make_unique<accept_thread>(system(), std::move(socket), std::move(to),
                                                             [me = caf::actor_addr{address()}](const std::string& why) {
                                                               if (auto self = caf::actor_cast<caf::actor>(me))
                                                                 signal_exit(self, exits::crash(why));
                                                             })) {}

listener::~listener() = default;

caf::behavior listener::make_behavior() {
  return {[](caf::unit_t) {}};
}

void listener::on_exit() {
  thread_.reset();
}

} // namespace bennu::engine
