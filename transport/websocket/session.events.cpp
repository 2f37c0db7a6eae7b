// What the codec tells of: messages, control frames and the end.

#include "transport/websocket/session.hpp"

#include "transport/io/unit_sockets.hpp"
#include "transport/outbox/outbound_queue.hpp"
#include "transport/websocket/deflate.hpp"
#include <bennu/actors/endpoint.hpp>

namespace bennu::engine {

void websocket_session::on_message(opcode kind, std::string_view body) {
  if (state_ != state::open)
    return;
  if (!connection_->receive(kind, body)) {
    blame(end_reason::protocol_error, "a message that cannot be read", close_code::internal_error);
    connection_->close_when_handled(close_code::internal_error);
  }
  // A few compressed bytes may be many messages of megabytes.
  if (connection_->backlogged())
    codec_.pause();
}

void websocket_session::on_compressed_message(opcode kind, std::string_view body) {
  auto plain = compression_.decompressed(body, via_.options().max_message_bytes);
  if (plain.failed)
    return *plain.failed == deflate::problem::too_big ? on_error(close_code::message_too_big, "message is too big")
                                                      : on_error(close_code::invalid_payload, "not deflated");
  if (kind == opcode::text && !is_utf8(plain.message))
    return on_error(close_code::invalid_payload, "not valid UTF-8");
  on_message(kind, plain.message);
}

void websocket_session::on_ping(std::string_view body) {
  send_control(make_frame(opcode::pong, body));
}

void websocket_session::on_pong(std::string_view) {}

// RFC 6455 §5.5.1: a close is answered with a close, usually of the same code.
void websocket_session::on_close(uint16_t code, std::string_view reason) {
  peer_closed_ = true;
  if (state_ == state::closing && outbox_.empty())
    return hang_up();
  const bool has_code = code != 1005; // RFC 6455 §7.1.5: the frame has none
  blame(end_reason::client_closed, reason, has_code ? code : 0);
  begin_close(has_code ? code : 1000, {});
}

void websocket_session::on_error(uint16_t code, std::string_view text) {
  blame(code == close_code::message_too_big ? end_reason::limit : end_reason::protocol_error, text, code);
  close(code, text);
}

} // namespace bennu::engine
