#pragma once

#include <cstdint>
#include <functional>
#include <utility>
#include <vector>

#include <boost/asio/io_context.hpp>
#include <boost/asio/posix/basic_stream_descriptor.hpp>
#include <caf/intrusive_ptr.hpp>
#include <caf/ref_counted.hpp>

namespace bennu::engine {

/// Something with a file descriptor on an io unit.
class pollable {
public:
  virtual ~pollable() = default;

  /// `events` as of epoll_wait(2). May call `poller::forget` on itself or on others.
  virtual void on_ready(uint32_t events) = 0;

  /// Writes what was queued in this turn of the loop; called after `io_unit::flush_later`.
  virtual void flush() = 0;

  /// The object that must stay alive while somebody may call the above.
  virtual caf::ref_counted& counted() noexcept = 0;
};

using keep_alive = caf::intrusive_ptr<caf::ref_counted>;

/// Readiness of the sockets of one io unit: a level-triggered epoll set that is itself one descriptor in Asio's loop.
///
/// Why not Asio's own waits: they cost a system call to re-arm after every read, and 300 bytes a socket; here an idle
/// socket costs nothing in user space and all sockets that became ready are handled in one batch.
///
/// Thread safety: none; belongs to its unit's thread.
class poller {
public:
  explicit poller(boost::asio::io_context& loop);
  ~poller();
  poller(const poller&) = delete;
  poller& operator=(const poller&) = delete;

  /// Calls `x.on_ready` while `fd` is ready for `events`, until `forget`. Holds a reference to `x`.
  /// @returns false when the kernel refuses (epoll_ctl(2): no memory, or the limit of watches).
  bool watch(int fd, uint32_t events, pollable& x);

  /// Waits for other events. REQUIRES: `fd` is watched for `x`.
  void change(int fd, uint32_t events, pollable& x) noexcept;

  /// No call to `x` follows. To be called before `fd` is closed.
  void forget(int fd, pollable& x) noexcept;

  /// Starts waiting; `after_batch` is called after every batch of ready sockets.
  void start(std::function<void()> after_batch);

private:
  void wait();
  void handle_batch();

  int epoll_fd_;
  boost::asio::posix::basic_stream_descriptor<boost::asio::io_context::executor_type> descriptor_;
  std::function<void()> after_batch_;
  /// Kept alive until the batch ends: the kernel may have named them in it.
  std::vector<std::pair<pollable*, keep_alive>> forgotten_;
  bool in_batch_ = false;
};

} // namespace bennu::engine
