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

/// One frame as it leaves or arrives.
struct link_frame {
  link_head head;
  std::string body;
};

/// What a session tells its owner: it began, it ended, a block arrived, the peer's membership has news.
using link_event = std::variant<link_up, link_down, link_received, std::string>;

/// The protocol with one peer, without time, threads or sockets: frames and the time in, frames and events out.
///
/// It makes a session out of a way that may lose whatever it likes: CAF's distributed messaging drops messages without a word when a
/// connection is replaced, and tells only one side when a connection is reset. A frame that is out of its place ends the session; both sides then
/// begin a new one. Within a session blocks arrive in order, none twice, without a gap.
///
/// Each side numbers its sessions upwards. A session is a pair of numbers, and a frame names both: what belongs to another pair is
/// never taken for this one. A hello says the own number and, as soon as it is known, the peer's; who hears both right is in the session,
/// and its first beat brings the other in.
///
/// Thread safety: none; a value.
class link_session {
public:
  using time_point = std::chrono::steady_clock::time_point;

  /// Bytes under way that are not acknowledged; beyond it nothing is sent. 4 MiB: a gigabit for 30 ms.
  static constexpr std::size_t window = std::size_t{4} << 20;

  /// @param next_number gives an ascending number each time; across restarts of the process it must begin at random
  link_session(peer self, std::string peer_name, std::function<std::uint64_t()> next_number, link_timing timing = {});

  /// There is a way to the peer: says hello.
  void connected(time_point now);

  /// There is none any more. What arrives later is ignored.
  void disconnected(const std::string& why);

  void receive(link_frame&& frame, time_point now);

  /// To be called every 100 ms or so.
  void tick(time_point now);

  /// Ends the session, if there is one.
  void cut(const std::string& why);

  /// Whether a body may be sent now: there is a session, and the window is open.
  bool may_send() const noexcept { return up_ && in_flight_bytes_ < window; }

  /// Sends what `link_queue::take` gave. REQUIRES: may_send()
  void send(std::string body, link_load load, time_point now);

  /// Tells the peer's membership something; lost when the session ends. No effect without a session.
  void tell(std::string news);

  /// While held, nothing new is acknowledged: the peer's window closes and its queue fills.
  void hold_acks(bool held) noexcept { acks_held_ = held; }

  bool is_up() const noexcept { return up_; }
  std::uint64_t session() const noexcept { return mine_; }
  std::uint64_t peer_session() const noexcept { return yours_; }
  bool is_connected() const noexcept { return connected_; }

  /// What was sent and not acknowledged.
  std::size_t in_flight() const noexcept { return in_flight_bytes_; }
  const link_load& load_in_flight() const noexcept { return load_in_flight_; }

  /// What was not acknowledged when its session ended, since this was last asked: perhaps it arrived, perhaps not.
  link_load take_lost() noexcept { return std::exchange(lost_, {}); }

  /// Frames of a kind that this node does not know: of a later release.
  std::uint64_t unknown_frames() const noexcept { return unknown_; }

  std::vector<link_frame> take_frames() { return std::exchange(frames_, {}); }
  std::vector<link_event> take_events() { return std::exchange(events_, {}); }

private:
  struct sent {
    std::uint64_t seq;
    std::size_t bytes;
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
  void acknowledged(std::uint64_t seq);
  void emit(link_kind kind, std::uint64_t seq, std::string body = {});

  peer self_;
  peer peer_;
  std::function<std::uint64_t()> next_number_;
  link_timing timing_;

  bool connected_ = false;
  bool up_ = false;
  std::uint64_t mine_;
  std::uint64_t yours_ = 0;
  std::uint64_t tx_ = 0;
  std::uint64_t rx_ = 0;
  std::uint64_t told_ = 0; // rx_ as last acknowledged
  std::size_t untold_bytes_ = 0;
  bool acks_held_ = false;

  std::deque<sent> in_flight_;
  std::size_t in_flight_bytes_ = 0;
  link_load load_in_flight_;
  link_load lost_;
  link_assembly assembly_;

  time_point heard_{};
  time_point said_{};
  std::deque<std::uint64_t> buried_; // incarnations of the peer that are over

  std::uint64_t unknown_ = 0;
  std::vector<link_frame> frames_;
  std::vector<link_event> events_;
};

} // namespace bennu::engine
