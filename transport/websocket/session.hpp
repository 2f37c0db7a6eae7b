#pragma once

#include <memory>
#include <span>
#include <string>
#include <string_view>

#include "actors/client/connection.hpp"
#include "actors/client/session.hpp"
#include "transport/io/connection_slot.hpp"
#include "transport/io/idle_list.hpp"
#include "transport/io/poller.hpp"
#include "transport/io/stream.hpp"
#include "transport/outbox/outbound_queue.hpp"
#include "transport/websocket/codec.hpp"

namespace bennu::engine {

class deflate;
class unit_sockets;

/// A WebSocket after its handshake (RFC 6455): it turns bytes into messages for the connection, and frames into bytes
/// for the client.
///
/// It lives as long as its socket is open, and closes its connection in the end. When the codec refuses data, the
/// session is closed with the code that the RFC demands. An idle client is closed with 1002; if the endpoint has a
/// heartbeat, it gets pings before. For a client that does not read, the overflow policy of the endpoint applies, and
/// the send timeout when it reads nothing at all. Thread safety: none; it belongs to one io unit.
class websocket_session final : public session, public pollable, private idle_node, private websocket_events {
public:
  /// @param compression that of the unit; REQUIRES: it outlives the session
  websocket_session(unit_sockets& home, const endpoint& via, deflate& compression, std::unique_ptr<stream> socket,
                    connection_slot slot, int window_bits);
  ~websocket_session() override;

  /// Starts reading. `early` are the bytes that arrived with the handshake.
  void start(connection_ptr owner, std::string_view early);

  // -- session ----------------------------------------------------------------

  void send(frame_ptr x) override;
  void send_control(frame_ptr x) override;
  void close(uint16_t code, std::string_view reason) override;
  void resume_reading() override;
  bool congested() const noexcept override { return outbox_.congested(); }
  size_t waiting_bytes() const noexcept override { return outbox_.data_bytes(); }
  bool is_open() const noexcept override { return state_ == state::open; }
  transport_kind kind() const noexcept override { return transport_kind::websocket; }

  // -- pollable ---------------------------------------------------------------

  void on_ready(uint32_t events) override;
  void flush() override;
  void on_failure() override { hang_up(); }
  caf::ref_counted& counted() noexcept override { return *this; }

private:
  /// open → closing (a close frame is queued or sent, nothing else is) → gone (no socket).
  enum class state : uint8_t { open, closing, gone };

  struct unread_output;
  struct heartbeat;
  struct unfinished_message;

  // -- websocket_events -------------------------------------------------------

  void on_message(opcode kind, std::string_view body) override;
  void on_compressed_message(opcode kind, std::string_view body) override;
  void on_ping(std::string_view body) override;
  void on_pong(std::string_view body) override;
  void on_close(uint16_t code, std::string_view reason) override;
  void on_error(uint16_t code, std::string_view text) override;

  // -- socket -----------------------------------------------------------------

  void on_idle() override;
  void on_shutdown() override;
  void touch();
  void ping();
  void read_some();
  void consume(std::span<char> bytes);
  void consume_kept();
  void count_unfinished();
  void shed(std::string_view limit);
  void queued();
  void count_unread();
  void drop_unread(std::string_view limit);
  void schedule_flush();
  void update_interest();
  void wait_for_space();
  void nothing_taken();
  void close_sent();
  void blame(end_reason why, std::string_view text, uint16_t code = 0);
  void begin_close(uint16_t code, std::string_view reason);
  void give_up();
  void hang_up();

  unit_sockets& home_;
  const endpoint& via_;
  deflate& compression_;
  connection_slot slot_;
  std::unique_ptr<stream> socket_;
  websocket_codec codec_;
  outbound_queue outbox_;
  connection_ptr connection_;
  std::string kept_; ///< bytes that arrived while too many messages wait: at most what one read returned
  std::unique_ptr<unread_output> unread_;          ///< only while the client reads too slowly
  std::unique_ptr<heartbeat> heartbeat_;           ///< only if the endpoint has a heartbeat
  std::unique_ptr<unfinished_message> unfinished_; ///< only while a large message arrives in pieces
  state state_ = state::open;
  bool watched_ = false;
  bool flush_scheduled_ = false;
  bool peer_closed_ = false; ///< its close frame has arrived
  bool reading_paused_ = false;
  bool waits_for_space_ = false; ///< the kernel's buffer is full
  const uint8_t window_bits_;    ///< of permessage-deflate; 0: messages are not compressed
  uint32_t interest_ = 0;
};

} // namespace bennu::engine
