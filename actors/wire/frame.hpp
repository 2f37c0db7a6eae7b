#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <string_view>

#include <caf/intrusive_ptr.hpp>

#include <bennu/actors/fwd.hpp>

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

/// What a WebSocket frame carries (RFC 6455 §5.2).
enum class opcode : uint8_t {
  continuation = 0,
  text = 1,
  binary = 2,
  close = 8,
  ping = 9,
  pong = 10,
};

/// One encoded message. It is immutable, allocated once, and shared by all connections that receive it.
///
/// Invariants
/// 1. `wire()` is a complete WebSocket frame from server to client, unmasked and unfragmented, so that the kernel takes
///    it as one buffer. `body()` is its end, without the header; long polling sends only the body.
/// 2. A frame does not change after `make_frame`. Any thread may hold, read and release a `frame_ptr`.
class frame {
public:
  frame(const frame&) = delete;
  frame& operator=(const frame&) = delete;

  opcode kind() const noexcept { return kind_; }

  /// Whether an application's serializer encoded it, so that nothing is known of its bytes.
  bool is_foreign() const noexcept { return is_foreign_; }

  /// Whether it stands for a message that an application's serializer failed to encode; `body()` says why. It is never
  /// sent: `connection::send` closes the session instead.
  bool is_failure() const noexcept { return is_foreign_ && kind_ == opcode::close; }
  std::string_view wire() const noexcept { return {bytes(), size_}; }
  std::string_view body() const noexcept { return {bytes() + header_size_, size_ - header_size_}; }

  /// How many pointers own it now. Other threads may change it at any time.
  uint32_t references() const noexcept { return references_.load(std::memory_order_relaxed); }

  /// Bytes that this frame occupies in memory, for accounting.
  size_t footprint() const noexcept { return sizeof(frame) + size_; }

  friend frame_ptr make_frame(opcode kind, std::initializer_list<std::string_view> parts);
  friend frame_ptr make_compressed_frame(opcode kind, std::string_view body);
  friend frame_ptr make_foreign_frame(opcode kind, std::string_view body);
  friend void intrusive_ptr_add_ref(const frame* x) noexcept { x->references_.fetch_add(1, std::memory_order_relaxed); }
  friend void intrusive_ptr_release(const frame* x) noexcept {
    if (x->references_.fetch_sub(1, std::memory_order_acq_rel) == 1)
      destroy(x);
  }

private:
  frame(opcode kind, size_t header_size, size_t size) noexcept;
  static void destroy(const frame* x) noexcept;
  const char* bytes() const noexcept { return reinterpret_cast<const char*>(this + 1); }

  mutable std::atomic<uint32_t> references_{0};
  opcode kind_;
  uint8_t header_size_;
  bool is_foreign_ = false;
  size_t size_; // header and body
};

/// A frame of `kind` whose body is the concatenation of `parts`. Allocates once and copies each part once.
frame_ptr make_frame(opcode kind, std::initializer_list<std::string_view> parts);

/// A frame of `kind` whose body was compressed by permessage-deflate. Sets RSV1 (RFC 7692 §6).
frame_ptr make_compressed_frame(opcode kind, std::string_view body);

/// A frame of an application's serializer: a message, or with `opcode::close` why there is none.
frame_ptr make_foreign_frame(opcode kind, std::string_view body);

/// A frame of `kind` whose body is a copy of `body`.
inline frame_ptr make_frame(opcode kind, std::string_view body) {
  return make_frame(kind, {body});
}

} // namespace bennu::engine
