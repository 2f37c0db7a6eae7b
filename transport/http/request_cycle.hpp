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

/// The state machine of one HTTP/1.1 connection. Its inputs are what happened, its outputs are tasks for the
/// connection. A pure value: it knows no socket, no clock and no route.
///
/// | phase     | the connection                       | ends with                                               |
/// | ---       | ---                                  | ---                                                     |
/// | fresh     | waits for its first request          | the first byte: receiving; `time_is_over`: ended        |
/// | receiving | collects a request                   | its last byte: serving; a malformed request: writing    |
/// | serving   | waits for the application            | `answer`, `upgrade`: writing                            |
/// | writing   | sends the answer                     | `written`: resting, lingering or ended                  |
/// | resting   | is kept alive between two requests   | the next byte: receiving; `time_is_over`: ended         |
/// | lingering | discards what a refused client sends | `peer_ended`, `time_is_over`, too much discarded: ended |
/// | ended     | is closed, or has left HTTP          |                                                         |
///
/// Invariants
/// 1. Requests are passed on one at a time and in order, each one after the response to the one before was written.
/// 2. Each request that was passed on is answered at most once.
/// 3. After `hang_up` or `leave_http` there is no further task.
///
/// Thread safety: none.
class request_cycle {
public:
  enum class phase : uint8_t { fresh, receiving, serving, writing, resting, lingering, ended };

  // -- tasks for the connection --------------------------------------------------

  /// Let the application answer; then call `answer` or `upgrade`.
  struct hand_over {
    http_request request;
  };

  /// Tell the client to send its body (RFC 9110 §10.1.1). Nothing else waits to be sent.
  struct tell_to_go_on {};

  /// Send this; then call `written`.
  struct send {
    std::string head;
    std::string body;
  };

  /// The 101 response was sent: the connection leaves HTTP. `early` are the bytes that arrived after the request.
  struct leave_http {
    std::string early;
  };

  /// Shut down the writing half and discard what arrives. A client that is still sending a refused request reads the
  /// response only when it has finished, and loses it when the connection is reset before (RFC 9112 §9.6).
  struct linger {};

  /// Close the connection.
  struct hang_up {
    bool limit_hit = false; ///< the client took longer than allowed
    bool forsakes = false;  ///< the client will not read the response
  };

  using task = std::variant<hand_over, tell_to_go_on, send, leave_http, linger, hang_up>;

  struct limits {
    uint32_t max_header_bytes;
    uint64_t max_body_bytes;
    unsigned keep_alive_seconds = 0; ///< sent in `Keep-Alive`; 0: not sent
  };

  /// REQUIRES: `gate` outlives the cycle.
  request_cycle(limits bounds, request_gate& gate);

  /// The next task; nothing when an input must happen first.
  std::optional<task> next();

  // -- inputs --------------------------------------------------------------------

  void received(std::string_view bytes) { reader_.feed(bytes); }

  /// The application answers. @returns false, without effect, when no answer is expected.
  bool answer(http_response response);

  /// The client may leave HTTP. REQUIRES: phase `serving`.
  void upgrade(std::vector<http_header> headers);

  /// All bytes of the last `send` were accepted.
  void written();

  /// This many bytes arrived while it lingers.
  void discarded(size_t bytes);

  /// The peer has ended, or the connection is broken.
  void peer_ended() { end({}); }

  /// The time of this phase is over. A client that has begun a request is answered 408.
  void time_is_over();

  /// The server stops: a connection that rests ends; one that has begun a request, or begins one later, ends after its
  /// answer.
  void drain();

  /// There is no memory for the client's request: it is answered 503. Does nothing unless it is receiving.
  void shed();

  // -- the state -----------------------------------------------------------------

  phase now() const noexcept { return phase_; }

  /// Whether bytes of the client should be read.
  bool wants_bytes() const noexcept { return is_reading() || phase_ == phase::lingering; }

  /// The bytes of later requests that wait until this one is answered.
  size_t unread_bytes() const noexcept { return reader_.unread_bytes(); }

  /// The heap memory for bytes of the client.
  size_t buffered_bytes() const noexcept { return reader_.buffered_bytes(); }

private:
  /// The phase after the response is written.
  enum class follow_up : uint8_t { next_request, close, linger, websocket };

  bool is_reading() const noexcept {
    return phase_ == phase::fresh || phase_ == phase::receiving || phase_ == phase::resting;
  }
  void refuse(http_response response);
  void refuse(unsigned status, std::string_view why);
  void write(http_response response);
  void end(hang_up how);

  http_reader reader_;
  const request_gate& gate_;
  const limits limits_;
  std::optional<task> task_;
  uint64_t discarded_ = 0;
  phase phase_ = phase::fresh;
  follow_up follow_up_ = follow_up::close;
  bool drains_ = false;    ///< the next answer is the last
  bool head_only_ = false; ///< for the request that is being answered
};

} // namespace bennu::engine
