#include "transport/program/log_writer.hpp"

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <chrono>
#include <climits>
#include <condition_variable>
#include <csignal>
#include <deque>
#include <fcntl.h>
#include <mutex>
#include <poll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <system_error>
#include <thread>
#include <unistd.h>
#include <utility>

#include <bennu/supervision/fault.hpp>

namespace bennu::engine {

namespace {

constexpr auto time_to_finish = std::chrono::seconds{1};

int open_log(const std::string& path) {
  const int fd = ::open(path.c_str(), O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0640);
  if (fd < 0)
    throw std::system_error(errno, std::generic_category(), "cannot open the log file " + path);
  return fd;
}

} // namespace

struct log_writer::state {
  explicit state(int to, std::string from, size_t bound) : max_bytes(bound), path(std::move(from)), fd(to) {
    struct stat kind {};
    is_socket = ::fstat(fd, &kind) == 0 && S_ISSOCK(kind.st_mode);
  }

  ~state() {
    if (!path.empty())
      ::close(fd);
    ::close(quit);
  }

  void push(std::string line) {
    {
      std::lock_guard guard{mutex};
      if (is_ending) {
        ++lost;
        return;
      }
      bytes += line.size();
      lines.push_back(std::move(line));
      for (; bytes > max_bytes && lines.size() > 1; ++lost) {
        bytes -= lines.front().size();
        lines.pop_front();
      }
    }
    changed.notify_all();
  }

  // The next text to write; empty at the end.
  std::string next() {
    std::unique_lock guard{mutex};
    is_writing = false;
    changed.notify_all();
    changed.wait(guard, [this] { return !lines.empty() || !whole.empty() || is_ending; });
    is_writing = true;
    if (lines.empty())
      return std::exchange(whole, {});
    auto result = std::move(lines.front());
    lines.pop_front();
    bytes -= result.size();
    return result;
  }

  // A pipe that is ready takes PIPE_BUF bytes at once (pipe(7)), so that no write blocks and `quit` is noticed. A
  // socket has a flag for it.
  bool write_all(std::string_view text) {
    if (fault_points::is_disk_full("log"))
      return false;
    while (!text.empty()) {
      pollfd watched[] = {{fd, POLLOUT, 0}, {quit, POLLIN, 0}};
      if (::poll(watched, 2, -1) < 0)
        continue; // EINTR
      if (watched[0].revents == 0)
        return false;
      const auto size = std::min<size_t>(text.size(), PIPE_BUF);
      const auto count =
        is_socket ? ::send(fd, text.data(), size, MSG_DONTWAIT | MSG_NOSIGNAL) : ::write(fd, text.data(), size);
      if (count < 0 && errno != EINTR && errno != EAGAIN)
        return false;
      text.remove_prefix(count < 0 ? 0 : static_cast<size_t>(count));
    }
    return true;
  }

  void run() {
    sigset_t broken_pipe; // `write` reports that the reader is gone
    sigemptyset(&broken_pipe);
    sigaddset(&broken_pipe, SIGPIPE);
    pthread_sigmask(SIG_BLOCK, &broken_pipe, nullptr);
    uint64_t told = 0;
    for (auto text = next(); !text.empty(); text = next()) {
      if (const auto now = lost.load();
          now != told
          && write_all(std::to_string(now - told) + " log lines were lost: the reader was too slow or gone\n"))
        told = now;
      if (!write_all(text))
        ++lost;
    }
    std::lock_guard guard{mutex};
    is_over = true;
    changed.notify_all();
  }

  const size_t max_bytes;
  const std::string path;
  const int quit = ::eventfd(0, EFD_CLOEXEC);
  bool is_socket = false;
  std::atomic<int> fd;
  std::atomic<uint64_t> lost{0};
  std::mutex mutex;
  std::condition_variable changed;
  std::deque<std::string> lines;
  std::string whole;
  size_t bytes = 0;
  bool is_ending = false, is_writing = true, is_over = false;
};

log_writer::log_writer(int fd, size_t max_bytes) : state_(std::make_shared<state>(fd, std::string{}, max_bytes)) {
  std::thread{[shared = state_] { shared->run(); }}.detach();
}

log_writer::log_writer(const std::string& path, size_t max_bytes)
  : state_(std::make_shared<state>(open_log(path), path, max_bytes)) {
  std::thread{[shared = state_] { shared->run(); }}.detach();
}

log_writer::~log_writer() {
  finish();
}

void log_writer::finish() {
  std::unique_lock guard{state_->mutex};
  if (std::exchange(state_->is_ending, true))
    return;
  state_->changed.notify_all();
  const auto is_over = [this] { return state_->is_over; };
  if (state_->changed.wait_for(guard, time_to_finish, is_over))
    return;
  ::eventfd_write(state_->quit, 1); // the reader is stuck, and the remaining lines are lost
  state_->changed.wait_for(guard, time_to_finish, is_over);
}

void log_writer::write(std::string line) {
  if (!line.empty())
    state_->push(std::move(line));
}

bool log_writer::write_whole(std::string text) {
  std::lock_guard guard{state_->mutex};
  if (!state_->whole.empty() || text.empty())
    return false;
  state_->whole = std::move(text);
  state_->changed.notify_all();
  return true;
}

void log_writer::reopen() {
  if (state_->path.empty())
    return;
  const int anew = open_log(state_->path);
  ::dup3(anew, state_->fd, O_CLOEXEC); // in place, because the thread may be writing
  ::close(anew);
}

uint64_t log_writer::lost() const noexcept {
  return state_->lost.load(std::memory_order_relaxed);
}

} // namespace bennu::engine
