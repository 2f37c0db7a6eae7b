#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace bennu::engine {

/// Why a client was disconnected. The words of `to_string` are part of the telemetry event `socket.disconnected`, of
/// the metrics and of the log. A text beside each tells the details.
enum class end_reason : uint8_t {
  client_closed,  ///< The client closed the connection.
  lost,           ///< The connection broke without a close: the network, or the end of the client's program.
  idle,           ///< The client was silent for too long.
  slow,           ///< The client did not read what was sent.
  limit,          ///< The client reached a limit; the text names it.
  kicked,         ///< "disconnect" was broadcast on the id of its socket.
  crash,          ///< The server's code for this client failed.
  drain,          ///< The server stops.
  expired,        ///< The client's right to be connected has expired.
  protocol_error, ///< The client sent what the protocol does not allow, or what cannot be read.
};
inline constexpr size_t end_reason_count = 10;

constexpr std::string_view to_string(end_reason x) noexcept {
  constexpr std::array<std::string_view, end_reason_count> words = {
    "client_closed", "lost", "idle", "slow", "limit", "kicked", "crash", "drain", "expired", "protocol_error"};
  return words[static_cast<size_t>(x)];
}

/// The reason that a close code of RFC 6455 §7.4.1 stands for when a session is closed without another one.
constexpr end_reason reason_of_close(uint16_t code) noexcept {
  switch (code) {
    case 1000:
      return end_reason::client_closed;
    case 1001:
      return end_reason::kicked;
    case 1008:
      return end_reason::slow;
    case 1013:
      return end_reason::limit;
    case 1011:
      return end_reason::crash;
    case 1012:
      return end_reason::drain;
    default:
      return end_reason::protocol_error;
  }
}

} // namespace bennu::engine
