#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <sys/epoll.h>
#include <vector>

#include "apps/bench/message.hpp"

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

class client;
using time_point = std::chrono::steady_clock::time_point;

/// How a benchmark handles what its clients receive.
class client_events {
public:
  virtual void opened(client& from) = 0;
  virtual void received(client& from, const message_view& message, time_point when) = 0;

protected:
  ~client_events() = default;
};

/// One WebSocket connection to the server under test, on the benchmark's epoll loop.
///
/// When the server closes the connection, refuses the upgrade or sends something else than a message, `poller::turn`
/// throws a `std::runtime_error` whose text says what happened, and the run ends.
class client final : watcher {
public:
  /// Begins to connect. Every thousand clients share one loopback address as their source, so that ports never run
  /// out.
  /// @param target path and query of its upgrade request
  client(poller& loop, uint16_t port, uint32_t number, client_events& events,
         std::string target = "/socket/websocket?vsn=2.0.0");
  ~client();
  client(const client&) = delete;
  client& operator=(const client&) = delete;

  uint32_t number() const noexcept { return number_; }

  /// Queues a message. The next `flush` sends it.
  void write(std::string_view text);
  void flush();

  /// From now on every message that arrives goes to `events`.
  void report_to(client_events& events) noexcept { events_ = &events; }

private:
  void ready(uint32_t epoll_events) override;
  void begin_upgrade();
  void read();
  void take_upgrade_response();
  void take_frames(char* bytes, size_t size);
  void take_frame(unsigned opcode, std::string_view payload, time_point when);
  [[noreturn]] void fail(const std::string& why) const;

  poller& loop_;
  client_events* events_;
  uint32_t number_;
  std::string target_;
  int fd_;
  bool connected_ = false;
  bool upgraded_ = false;
  bool is_congested_ = false;
  std::string in_;  // an incomplete frame or response head
  std::string out_; // what the kernel has not accepted yet
};

} // namespace bennu::bench
