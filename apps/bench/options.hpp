#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string>
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

  /// `recover`: how many messages each client has missed. A minute of a lively room.
  size_t missed = 100;

  /// `echo`, `crash`, `repair`, `recover` and `siege`: how many clients. 100 keep a server of two cores busy.
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

  /// `siege`: how many hostile clients each attack has. 100 of each, with all attacks, are 2,000 sockets, which any
  /// machine allows a process.
  size_t besiegers = 100;

  /// `siege`: the attacks that take part; "all" for each one that the server can suffer.
  std::vector<std::string> attacks = {"all"};

  /// `siege`: how long it lasts. Two minutes: the longest limit of a server is a minute.
  size_t siege_seconds = 120;

  /// `siege`: how long the attack lasts until it pauses for as long. 10 s: the healthy clients answer thousands of
  /// times in it, and both halves see the same machine.
  size_t slice_seconds = 10;

  /// `siege`: whether the server is a bennu-chat. Otherwise it implements the contract of bennu-probe.
  bool is_chat = false;

  /// `siege`: the port at which the server's cluster listens; 0: no stranger comes there.
  uint16_t cluster_port = 0;

  /// `siege`: the priority of the hostile clients, as of nice(1). 19: real ones use other machines, so these take only
  /// the time that the server and the healthy clients leave. On a machine that others keep busy they starve; 0 there.
  int attackers_nice = 19;

  /// `siege`: the run fails when the server's resident memory exceeds it; 0: no bound.
  size_t max_memory_mib = 0;
};

} // namespace bennu::bench
