#pragma once

#include <cstdint>

namespace bennu::engine {

/// The codes of close frames that the server sends (RFC 6455 §7.4.1, IANA's registry). Where Phoenix has a rule, the
/// code is Phoenix's.
namespace close_code {
inline constexpr uint16_t normal = 1000;
inline constexpr uint16_t going_away = 1001;     ///< the client was disconnected by its socket's id
inline constexpr uint16_t protocol_error = 1002; ///< also an idle client, as in Phoenix
inline constexpr uint16_t unsupported_data = 1003;
inline constexpr uint16_t no_status = 1005;        ///< never sent: it stands for a close frame without a code
inline constexpr uint16_t invalid_payload = 1007;  ///< text that is not valid UTF-8
inline constexpr uint16_t policy_violation = 1008; ///< a client that is too slow, or whose token has expired
inline constexpr uint16_t message_too_big = 1009;
inline constexpr uint16_t internal_error =
  1011; ///< a malformed message, as in Phoenix; a connection that keeps crashing
inline constexpr uint16_t service_restart = 1012; ///< the node stops: the client shall connect again
inline constexpr uint16_t try_again_later = 1013;
} // namespace close_code

} // namespace bennu::engine
