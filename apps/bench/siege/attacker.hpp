#pragma once

#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "apps/bench/client.hpp"

namespace bennu::bench {

/// What hostile clients know of the server.
struct battlefield {
  uint16_t port = 0;
  uint16_t cluster_port = 0;       ///< 0: unknown
  std::vector<std::string> tokens; ///< of the chat's hostile users; empty: the server is not a chat
  std::vector<std::string> topics; ///< those of the healthy clients

  bool is_chat() const noexcept { return !tokens.empty(); }
};

/// What became of the clients of one attack. Any thread may read it.
struct attack_count {
  std::atomic<size_t> connects{0};
  std::atomic<size_t> closed{0}; ///< by the server
};

/// One hostile client. It connects, sends its opening, acts once per second, and connects again after the server has
/// closed it.
class attacker : watcher {
public:
  attacker(poller& loop, const battlefield& field, size_t number, attack_count& count);
  virtual ~attacker();
  attacker(const attacker&) = delete;
  attacker& operator=(const attacker&) = delete;

  bool is_connected() const noexcept { return fd_ >= 0; }
  time_point reconnects_at() const noexcept { return reconnects_at_; }

  void connect();

  /// Called once per second.
  void tick();

  /// Closes the connection, as when the program is killed.
  void disconnect();

protected:
  /// What it sends as soon as it is connected.
  virtual std::string opening() = 0;

  /// What it does each second, after everything that it wrote was sent.
  virtual void act() {}

  /// What the server has sent.
  virtual void received(std::string_view) {}

  /// Whether it reads at all. A client that does not has a small receive buffer.
  virtual bool reads() const { return true; }

  /// How many bytes of what it wrote it sends per second.
  virtual size_t bytes_per_second() const { return size_t{4} << 20; }

  /// How long it is away after the server has closed it.
  virtual std::chrono::milliseconds absence() const { return std::chrono::seconds{1}; }

  virtual uint16_t port() const { return field_.port; }

  /// Sends `bytes` after what was written before.
  void write(std::string_view bytes) { out_ += bytes; }

  /// Sends up to `limit` bytes of what was written.
  void send(size_t limit);

  /// Sends `count` arbitrary bytes. @returns how many the kernel took.
  size_t send_filling(size_t count);

  /// Ends the connection with a reset and comes back after `absence()`.
  void reset();

  const battlefield& field() const noexcept { return field_; }
  size_t number() const noexcept { return number_; }
  const std::string& token() const { return field_.tokens[number_ % field_.tokens.size()]; }

private:
  void ready(uint32_t events) override;

  poller& loop_;
  const battlefield& field_;
  size_t number_;
  attack_count& count_;
  int fd_ = -1;
  std::string out_;
  time_point reconnects_at_{};
};

/// A hostile WebSocket client, which joins a topic first: the one of a healthy client on a chat, its own on a probe.
class websocket_attacker : public attacker {
public:
  using attacker::attacker;

protected:
  std::string opening() override;
  virtual std::string join_payload() const { return "{}"; }
  virtual std::string topic() const;

  /// Writes a message on its topic.
  void push(std::string_view event, std::string_view payload);

  /// The target of its upgrade request.
  std::string target() const;

  uint64_t next_ref_ = 2; // the join has 1
};

} // namespace bennu::bench
