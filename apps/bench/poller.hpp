#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <vector>

#include <sys/epoll.h>

namespace bennu::bench {

/// A descriptor's owner: told when something can be done with it.
class watcher {
public:
  virtual void ready(uint32_t epoll_events) = 0;

protected:
  ~watcher() = default;
};

/// One thread's epoll instance. A watcher that removed itself is not called again, not even in the
/// same turn.
class poller {
public:
  poller();
  ~poller();
  poller(const poller&) = delete;
  poller& operator=(const poller&) = delete;

  void add(int fd, uint32_t events, watcher& owner);
  void change(int fd, uint32_t events, watcher& owner);
  void remove(int fd, watcher& owner);

  /// Waits for events, at most `limit`, and calls their watchers. @returns how many were called.
  size_t turn(std::chrono::milliseconds limit);

private:
  int epoll_;
  std::vector<epoll_event> batch_;
  size_t batch_size_ = 0;
};

} // namespace bennu::bench
