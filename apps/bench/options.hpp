#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <vector>

#include <sys/types.h>

namespace bennu::bench {

/// The server under test. It must implement the contract of bennu-probe at ws://127.0.0.1:PORT/socket/websocket.
struct target {
  uint16_t port = 0;
  pid_t pid = 0; ///< the process whose CPU time and memory are measured; 0: they are not
};

/// The sizes and rates of the benchmarks, with the reason for each default.
struct options {
  /// `hold`: how many connections. 15,000 make fixed costs negligible and stay below 20,000 file descriptors.
  size_t connections = 15'000;

  /// `fanout`: how many subscribers. The project states its goal for 1,000.
  size_t subscribers = 1'000;

  /// `fanout`: how many of the subscribers publish. With one, all messages have one order.
  size_t publishers = 1;

  /// `siege`: pings per second of all healthy clients together. 2,000 is as if each of 100 people wrote 20 messages per
  /// second.
  size_t siege_rate = 2'000;

  /// `echo`, `crash`, `repair` and `siege`: how many clients. 100 keep a server of two cores busy.
  size_t clients = 100;

  /// How many publishes of one publisher, or pings of one client, are in flight at once. 1 shows the cost of a single
  /// message, 8 shows what a server saves by sending several at once.
  std::vector<size_t> windows = {1, 4, 8};

  /// Bytes of text in each message. 64 is a line of a chat.
  size_t payload_bytes = 64;

  /// How long each window size is measured. A warm-up of a quarter of it comes first.
  std::chrono::milliseconds duration{3'000};

  /// `presence`: members of the topic, half of them on each node. The project states its goal for 2,000.
  size_t members = 2'000;

  /// `crash` and `repair`: how many channels crash, one after another.
  size_t crashes = 10'000;

  /// `repair`: pings per second of all clients together. 20,000 keep ten thousand channels busy and leave two cores
  /// some idle time.
  size_t rate = 20'000;

  /// `siege`: how many hostile clients of each kind. Any machine allows a process the 3,000 sockets of all three kinds.
  size_t besiegers = 1'000;
};

} // namespace bennu::bench
