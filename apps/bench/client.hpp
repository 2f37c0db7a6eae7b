#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>

#include "apps/bench/message.hpp"
#include "apps/bench/poller.hpp"

namespace bennu::bench {

class client;
using time_point = std::chrono::steady_clock::time_point;

/// What a benchmark does with what its clients receive.
class client_events {
public:
  virtual void opened(client& from) = 0;
  virtual void received(client& from, const message_view& message, time_point when) = 0;

protected:
  ~client_events() = default;
};

/// One WebSocket connection to the server under test, on the benchmark's own epoll loop.
///
/// A benchmark has no use for a connection that ends on its own: when the server closes it, refuses
/// the upgrade, or sends what is no message, `std::runtime_error` leaves `poller::turn` and ends
/// the run with a text that says why.
class client final : watcher {
public:
  /// Begins to connect. Each thousand of clients has a loopback address of its own, so that ports
  /// never run out.
  client(poller& loop, uint16_t port, uint32_t number, client_events& events);
  ~client();
  client(const client&) = delete;
  client& operator=(const client&) = delete;

  uint32_t number() const noexcept { return number_; }

  /// Queues a message; it leaves with the next `flush`.
  void write(std::string_view text);
  void flush();

  /// From now on every message goes to `events`.
  void tell(client_events& events) noexcept { events_ = &events; }

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
  int fd_;
  bool connected_ = false;
  bool upgraded_ = false;
  bool waits_for_room_ = false;
  std::string in_;  // a frame (or response head) that is not complete yet
  std::string out_; // not yet taken by the kernel
};

} // namespace bennu::bench
