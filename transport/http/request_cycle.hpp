#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "transport/http/reader.hpp"
#include <bennu/transport/http.hpp>

namespace bennu::engine {

/// The state machine of one HTTP/1.1 connection. Its inputs are what happened, its outputs are tasks for the connection.
/// A pure value: it knows no socket, no clock and no route.
///
/// | phase     | the connection                       | ends with                                               |
/// | ---       | ---                                  | ---                                                     |
/// | fresh     | waits for its first request          | the first byte: receiving; `time_is_over`: ended        |
/// | receiving | collects a request                   | its last byte: serving; a malformed request: writing    |
/// | serving   | waits for the application            | `answer`, `upgrade`: writing                            |
/// | writing   | sends the answer                     | `written`: resting, lingering or ended                  |
/// | resting   | is kept alive between two requests   | the next byte: receiving; `time_is_over`: ended         |
/// | lingering | discards what a refused client sends | `peer_ended`, `time_is_over`, too much discarded: ended |
/// | ended     | is closed, or belongs to a WebSocket |                                                         |
///
/// Invariants
/// 1. Requests are handed over one at a time and in their order: none before the answer to the former was written.
/// 2. Each request that was handed over is answered at most once.
/// 3. After `hang_up` or `become_websocket` there is no further task.
///
/// Thread safety: none.
class request_cycle {
public:
  enum class phase : uint8_t { fresh, receiving, serving, writing, resting, lingering, ended };

  // -- what to do -------------------------------------------------------------

  /// Let the application answer; then call `answer` or `upgrade`.
  struct hand_over {
    http_request request;
  };

  /// Tell the client to go on with its body (RFC 9110 §10.1.1). Nothing else waits to be sent.
  struct tell_to_go_on {};

  /// Send this; then call `written`.
  struct send {
    std::string head;
    std::string body;
  };

  /// The handshake was answered: the connection is a WebSocket's. `early` are bytes that came behind it.
  struct become_websocket {
    std::string early;
  };

  /// Shut down the writing half and discard what comes: a client that is still sending what was refused does not look
  /// at the answer before it is done, and loses it when the connection is reset meanwhile (RFC 9112 §9.6).
  struct linger {};

  /// Close the connection.
  struct hang_up {
    bool limit_hit = false; ///< since the client took longer than it may
    bool forsakes = false;  ///< what it was sent will not be taken
  };

  using task = std::variant<hand_over, tell_to_go_on, send, become_websocket, linger, hang_up>;

  struct limits {
    uint32_t max_header_bytes;
    uint64_t max_body_bytes;
    unsigned keep_alive_seconds = 0; ///< told in `Keep-Alive`; 0: not told
  };

  /// REQUIRES: `gate` outlives the cycle.
  request_cycle(limits bounds, const request_gate& gate);

  /// What to do next, until there is nothing: then something has to happen first.
  std::optional<task> next();

  // -- what happened ----------------------------------------------------------

  void received(std::string_view bytes) { reader_.feed(bytes); }

  /// The application answers. @returns false when no answer is waited for: then nothing happens.
  bool answer(http_response response);

  /// The application lets a WebSocket client in. REQUIRES: phase `serving`.
  void upgrade(std::vector<http_header> headers);

  /// All of the last `send` was taken.
  void written();

  /// So many bytes came while it lingers.
  void discarded(size_t bytes);

  /// The peer sends no more, or the connection is broken.
  void peer_ended() { end({}); }

  /// The time of this phase is over. A client that has begun a request is answered 408.
  void time_is_over();

  /// There is no memory for what this client sends: it is answered 503. No effect unless it is receiving.
  void shed();

  // -- what is known ----------------------------------------------------------

  phase now() const noexcept { return phase_; }

  /// Whether bytes of the client are wanted.
  bool wants_bytes() const noexcept { return is_reading() || phase_ == phase::lingering; }

  /// Bytes of later requests that wait until this one is answered.
  size_t unread_bytes() const noexcept { return reader_.unread_bytes(); }

  /// Heap bytes held for what the client sent.
  size_t buffered_bytes() const noexcept { return reader_.buffered_bytes(); }

private:
  /// What follows when the answer is written.
  enum class follow_up : uint8_t { next_request, close, linger, websocket };

  bool is_reading() const noexcept {
    return phase_ == phase::fresh || phase_ == phase::receiving || phase_ == phase::resting;
  }
  void refuse(http_response response);
  void write(http_response response);
  void end(hang_up how);

  http_reader reader_;
  const limits limits_;
  std::optional<task> task_;
  uint64_t discarded_ = 0;
  phase phase_ = phase::fresh;
  follow_up follow_up_ = follow_up::close;
  bool head_only_ = false; ///< of the request that is answered
};

} // namespace bennu::engine
