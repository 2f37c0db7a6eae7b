#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <vector>

#include <sys/epoll.h>

namespace bennu::bench {

/// The owner of a descriptor. The poller calls it when the descriptor is ready.
class watcher {
public:
  virtual void ready(uint32_t epoll_events) = 0;

protected:
  ~watcher() = default;
};

/// The epoll instance of one thread. A watcher that has removed itself is not called again, not even in the same turn.
class poller {
public:
  poller();
  ~poller();
  poller(const poller&) = delete;
  poller& operator=(const poller&) = delete;

  void add(int fd, uint32_t events, watcher& owner);
  void change(int fd, uint32_t events, watcher& owner);
  void remove(int fd, watcher& owner);

  /// Waits for events for at most `limit` and calls their watchers.
  /// @returns the number of events.
  size_t turn(std::chrono::milliseconds limit);

private:
  int epoll_;
  std::vector<epoll_event> batch_;
  size_t batch_size_ = 0;
};

} // namespace bennu::bench
