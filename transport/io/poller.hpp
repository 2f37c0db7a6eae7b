#pragma once

#include <cstdint>
#include <exception>
#include <functional>
#include <string_view>
#include <utility>
#include <vector>

#include <boost/asio/io_context.hpp>
#include <boost/asio/posix/basic_stream_descriptor.hpp>
#include <caf/intrusive_ptr.hpp>
#include <caf/ref_counted.hpp>

#include "supervision/process/crash_report.hpp"

namespace bennu::engine {

/// The owner of a file descriptor on an io unit.
class pollable {
public:
  virtual ~pollable() = default;

  /// Called with `events` as of epoll_wait(2). It may call `poller::forget` for itself or others.
  virtual void on_ready(uint32_t events) = 0;

  /// Writes what was queued in this turn of the loop. Called after `io_unit::flush_later`.
  virtual void flush() = 0;

  /// Called after one of the functions above has thrown: ends the connection. The rest of the unit continues.
  virtual void on_failure() = 0;

  /// The object that must stay alive as long as the functions above may be called.
  virtual caf::ref_counted& counted() noexcept = 0;
};

using keep_alive = caf::intrusive_ptr<caf::ref_counted>;

/// Calls `f`, which works for `x`. When it throws (also `std::bad_alloc`), `report` receives the text and `x` ends.
template <class F, class Report>
void guarded(pollable& x, F f, const Report& report) {
  try {
    return f();
  } catch (...) {
    report(exception_text());
  }
  try {
    x.on_failure();
  } catch (...) {
    report(exception_text());
  }
}

/// Watches the sockets of one io unit: a level-triggered epoll set, which is itself one descriptor in the loop of
/// Asio.
///
/// Asio's own waits would cost a system call after every read and 300 bytes per socket. Here an idle socket costs
/// nothing in user space, and all ready sockets are handled in one batch.
///
/// Thread safety: none; it belongs to the thread of its unit.
class poller {
public:
  explicit poller(boost::asio::io_context& loop);
  ~poller();
  poller(const poller&) = delete;
  poller& operator=(const poller&) = delete;

  /// Calls `x.on_ready` whenever `fd` is ready for `events`, until `forget`. Holds a reference to `x`.
  /// @returns false when the kernel refuses (epoll_ctl(2): no memory, or the limit of watches).
  bool watch(int fd, uint32_t events, pollable& x);

  /// Changes the events. REQUIRES: `fd` is watched for `x`.
  void change(int fd, uint32_t events, pollable& x) noexcept;

  /// After it, `x` is not called any more. Call it before `fd` is closed.
  void forget(int fd, pollable& x) noexcept;

  /// Starts waiting. Calls `after_batch` after every batch of ready sockets, and `report` with the text of an
  /// exception.
  void start(std::function<void()> after_batch, std::function<void(std::string_view)> report);

private:
  void wait();
  void handle_batch();

  int epoll_fd_;
  boost::asio::posix::basic_stream_descriptor<boost::asio::io_context::executor_type> descriptor_;
  std::function<void()> after_batch_;
  std::function<void(std::string_view)> report_;
  /// are kept alive until the end of the batch, which may contain them
  std::vector<std::pair<pollable*, keep_alive>> forgotten_;
  bool in_batch_ = false;
};

} // namespace bennu::engine
