#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "actors/cluster/link/link.hpp"
#include "actors/cluster/link/link_queue.hpp"
#include "actors/cluster/link/link_wire.hpp"
#include <bennu/actors/link_options.hpp>

namespace bennu::engine {

/// A frame that leaves or arrives.
struct link_frame {
  link_head head;
  std::string body;
};

/// What a session reports to its owner: it began, it ended, a block arrived, or the membership of the peer sent a
/// message.
using link_event = std::variant<link_up, link_down, link_received, std::string>;

/// The protocol with one peer, without clock, threads or sockets: frames and the time go in, frames and events come
/// out.
///
/// It makes a session out of a path that may lose anything: CAF's distributed messaging drops messages silently when
/// a connection is replaced, and reports the reset of a connection to one side only. A frame at the wrong position
/// ends the session, and both sides begin a new one. Within a session blocks arrive in order, none twice, without a
/// gap.
///
/// Each side numbers its sessions upwards. A session is a pair of numbers, and every frame contains both. A frame of
/// another pair does not belong to this session. A hello contains the sender's number and, once it is known, the
/// peer's. A side that receives a hello with both numbers correct enters the session; its first heartbeat makes the
/// other side enter it, too.
///
/// A plain value. Thread safety: none.
class link_session {
public:
  using time_point = std::chrono::steady_clock::time_point;

  /// How many bytes may be in flight. 4 MiB: one gigabit per second for 30 ms.
  static constexpr size_t window = size_t{4} << 20;

  /// @param next_number returns a greater number each time; it must start at random when the process starts
  link_session(peer self, std::string peer_name, std::function<uint64_t()> next_number, link_timing timing = {});

  /// A path to the peer exists: sends a hello.
  void connected(time_point now);

  /// The path is gone. Frames that arrive later are ignored.
  void disconnected(const std::string& why);

  void receive(link_frame&& frame, time_point now);

  /// Call it about every 100 ms.
  void tick(time_point now);

  /// Ends the session if there is one.
  void cut(const std::string& why);

  /// Whether a body may be sent now: there is a session, and the window is open.
  bool may_send() const noexcept { return up_ && in_flight_bytes_ < window; }

  /// Sends a body of `link_queue::take`. REQUIRES: may_send()
  void send(std::string body, link_load load, time_point now);

  /// Sends a message to the membership of the peer. It is lost when the session ends. Does nothing without a session.
  void tell(std::string news);

  /// While held, nothing new is acknowledged, so that the peer's window closes and its queue fills.
  void hold_acks(bool held) noexcept { acks_held_ = held; }

  /// How long a heartbeat takes to the peer and its acknowledgement back, smoothed as by RFC 6298 (an eighth of each
  /// new measurement); 0 before the first of this session. What waits before it on the connection is part of it.
  std::chrono::microseconds round_trip() const noexcept { return round_trip_; }

  bool is_up() const noexcept { return up_; }
  uint64_t session() const noexcept { return mine_; }
  uint64_t peer_session() const noexcept { return yours_; }
  bool is_connected() const noexcept { return connected_; }

  /// The bytes in flight.
  size_t in_flight() const noexcept { return in_flight_bytes_; }
  const link_load& load_in_flight() const noexcept { return load_in_flight_; }

  /// The bytes that were in flight when their session ended, since the last call of this function. Some may have
  /// arrived.
  link_load take_lost() noexcept { return std::exchange(lost_, {}); }

  /// How many frames of unknown kinds, from later releases, arrived.
  uint64_t unknown_frames() const noexcept { return unknown_; }

  std::vector<link_frame> take_frames() { return std::exchange(frames_, {}); }
  std::vector<link_event> take_events() { return std::exchange(events_, {}); }

private:
  struct sent {
    uint64_t seq;
    size_t bytes;
    link_load load;
  };

  bool belongs_to_peer(const link_head& head);
  void meet(const link_head& head, time_point now);
  void accept(link_frame&& frame, time_point now);
  void accept_next(link_frame&& frame, time_point now);
  void begin(time_point now);
  void end(const std::string& why);
  void greet(time_point now);
  void beat(time_point now);
  void acknowledge();
  void acknowledged(uint64_t seq, time_point now);
  void emit(link_kind kind, uint64_t seq, std::string body = {});

  peer self_;
  peer peer_;
  std::function<uint64_t()> next_number_;
  link_timing timing_;

  bool connected_ = false;
  bool up_ = false;
  uint64_t mine_;
  uint64_t yours_ = 0;
  uint64_t tx_ = 0;
  uint64_t rx_ = 0;
  uint64_t told_ = 0; // the rx_ that was acknowledged last
  size_t untold_bytes_ = 0;
  bool acks_held_ = false;

  std::deque<sent> in_flight_;
  size_t in_flight_bytes_ = 0;
  link_load load_in_flight_;
  link_load lost_;
  link_assembly assembly_;

  time_point heard_{};
  time_point said_{};
  uint64_t beat_ = 0; // the heartbeat that is measured; 0: none
  time_point beaten_{};
  std::chrono::microseconds round_trip_{0};
  std::deque<uint64_t> buried_; // incarnations of the peer that have ended

  uint64_t unknown_ = 0;
  std::vector<link_frame> frames_;
  std::vector<link_event> events_;
};

} // namespace bennu::engine
