#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <vector>

#include <sys/types.h>

namespace bennu::bench {

/// The server under test. It must implement the probe contract at
/// ws://127.0.0.1:PORT/socket/websocket.
struct target {
  uint16_t port = 0;
  pid_t pid = 0; ///< whose CPU time and memory are read; 0: they are not reported
};

/// What the benchmarks do, with the reason for each default.
struct options {
  /// `hold`: enough that fixed costs vanish, few enough for 20,000 file descriptors.
  size_t connections = 15'000;

  /// `fanout`: the size of the room that the project's goals are stated for.
  size_t subscribers = 1'000;

  /// `fanout`: how many of the subscribers publish. One: the order of arrival is then a total
  /// order.
  size_t publishers = 1;

  /// `siege`: pings a second, over all healthy clients. 2,000: each of a hundred people says something twenty times a second.
  size_t siege_rate = 2'000;

  /// `echo`, `crash`, `repair` and `siege`: how many clients. 100 keep a server of two cores busy.
  size_t clients = 100;

  /// Publishes (per publisher) or pings (per client) under way at once. 1 shows the cost of a lone
  /// message, 8 what a server saves by putting several into one send.
  std::vector<size_t> windows = {1, 4, 8};

  /// Bytes of text in each message: a chat line.
  size_t payload_bytes = 64;

  /// How long one window is measured, after a warm-up of a quarter of it.
  std::chrono::milliseconds duration{3'000};

  /// `presence`: members of the topic, half on each node. 2,000: what the project's goals are stated for.
  size_t members = 2'000;

  /// `crash` and `repair`: how many channels are crashed, one after another.
  size_t crashes = 10'000;

  /// `repair`: pings a second, over all clients. 20,000 keep ten thousand channels busy and two cores from being full.
  size_t rate = 20'000;

  /// `siege`: how many of each kind. 3,000 sockets are within what any machine lets a process have.
  size_t besiegers = 1'000;
};

} // namespace bennu::bench
