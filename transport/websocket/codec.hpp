#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <new>
#include <span>
#include <string_view>
#include <utility>

#include "actors/json/utf8.hpp"
#include "actors/wire/frame.hpp"

namespace bennu::engine {

/// Bytes that arrive piece by piece. Its capacity doubles, so that it never exceeds twice the bytes that have arrived
/// (or 64 bytes).
///
/// std::realloc moves the pages of a large buffer instead of copying them: a message of 8 MiB would otherwise keep its
/// io unit busy for milliseconds each time that it grows.
///
/// Thread safety: none.
class byte_buffer {
public:
  byte_buffer() noexcept = default;
  ~byte_buffer() { std::free(data_); }
  byte_buffer(const byte_buffer&) = delete;
  byte_buffer& operator=(const byte_buffer&) = delete;

  /// @throws std::bad_alloc; then nothing changes.
  void append(std::string_view x) {
    if (x.empty())
      return;
    if (x.size() > capacity_ - size_)
      grow(size_ + x.size());
    std::memcpy(data_ + size_, x.data(), x.size());
    size_ += x.size();
  }

  /// Keeps the first `size` bytes. Frees all memory when that is none.
  void shorten(size_t size) noexcept {
    size_ = std::min(size, size_);
    if (size_ == 0) {
      std::free(std::exchange(data_, nullptr));
      capacity_ = 0;
    }
  }

  std::string_view view() const noexcept { return {data_, size_}; }
  bool empty() const noexcept { return size_ == 0; }
  size_t size() const noexcept { return size_; }
  size_t capacity() const noexcept { return capacity_; }

private:
  void grow(size_t wanted) {
    const auto next = std::max({wanted, 2 * capacity_, size_t{64}});
    auto* moved = static_cast<char*>(std::realloc(data_, next));
    if (moved == nullptr)
      throw std::bad_alloc();
    data_ = moved;
    capacity_ = next;
  }

  char* data_ = nullptr;
  size_t size_ = 0;
  size_t capacity_ = 0;
};

/// Limits for what a client sends.
struct websocket_limits {
  /// The longest message, including all its fragments. A longer one is refused when its length is announced, before
  /// it is buffered. At most 4 GiB - 1.
  /// 8 MiB: the same as `socket_options::max_message_bytes`.
  size_t max_message_bytes = 8 << 20;

  /// Whether permessage-deflate was negotiated. Then RSV1 marks a compressed message (RFC 7692 §6).
  bool compression = false;
};

/// Receives what the codec finds. All views are valid only during the call.
///
/// A handler may call `websocket_codec::stop()` and `pause()`. It must neither destroy the codec nor call `consume`.
class websocket_events {
public:
  /// A complete message. `kind` is text (valid UTF-8) or binary.
  virtual void on_message(opcode kind, std::string_view payload) = 0;

  /// A complete message that is still compressed; its UTF-8 is not checked yet. Only with `limits.compression`.
  virtual void on_compressed_message(opcode /*kind*/, std::string_view /*payload*/) {}

  /// A ping. Answer it with a pong that has the same payload (RFC 6455 §5.5.2).
  virtual void on_ping(std::string_view payload) = 0;

  virtual void on_pong(std::string_view payload) = 0;

  /// The client closes. `code` is 1005 if it sent none. Answer with a close frame unless one was sent.
  virtual void on_close(uint16_t code, std::string_view reason) = 0;

  /// The client violated the protocol. Close the connection with this close code (RFC 6455 §7.1.7).
  virtual void on_error(uint16_t code, std::string_view why) = 0;

protected:
  ~websocket_events() = default;
};

/// The reading half of a WebSocket server (RFC 6455): bytes in, events out. A pure value. `make_frame` writes.
///
/// Invariants
/// 1. The events depend only on the bytes, not on how they were split.
/// 2. No event follows `on_close`, `on_error` or `stop()`.
/// 3. Between messages it holds no heap memory; within a message at most twice the bytes that have arrived. A length
///    that is only announced allocates nothing. (A codec that failed within a message keeps it until it is
///    destroyed.)
///
/// Thread safety: none; it belongs to one connection.
class websocket_codec {
public:
  explicit websocket_codec(websocket_limits limits = {}) noexcept;

  /// Takes the next bytes from the client and unmasks them in place. A message that is complete in one frame is
  /// passed on without a copy.
  /// @returns the number of bytes taken: all of them, unless the codec was paused or has finished.
  size_t consume(std::span<char> bytes, websocket_events& events);

  /// Ends the running `consume` after the current message. Pass the bytes that it did not take to the next call.
  void pause() noexcept { paused_ = true; }

  /// Stops reading. The rest of the current `consume` is ignored, too.
  void stop() noexcept { finished_ = true; }

  /// Stops and drops the part of a message that has arrived. REQUIRES: no `consume` is running.
  void discard() noexcept;

  /// True after `on_close`, `on_error` and `stop()`.
  bool finished() const noexcept { return finished_; }

  /// The heap memory in bytes that it holds now, for accounting.
  size_t buffered_bytes() const noexcept;

private:
  struct problem;
  struct input;

  bool take_header(input& in, websocket_events& events);
  bool take_payload(input& in, websocket_events& events);
  problem check_start() const noexcept;
  problem check_length(uint64_t length) const noexcept;
  void start_payload(uint32_t length) noexcept;
  void finish_message(std::string_view payload, websocket_events& events);
  void finish_control(std::string_view payload, websocket_events& events);
  void finish_close(std::string_view payload, websocket_events& events);
  void release_from(size_t size) noexcept;
  void fail(problem what, websocket_events& events);

  size_t header_bytes() const noexcept;
  uint64_t announced_length() const noexcept;
  size_t message_bytes() const noexcept;
  opcode frame_kind() const noexcept { return static_cast<opcode>(header_[0] & 0x0FU); }
  bool is_control() const noexcept { return (header_[0] & 0x08U) != 0; }
  bool is_final() const noexcept { return (header_[0] & 0x80U) != 0; }

  byte_buffer buffer_; // the message so far, then an incomplete control frame within it
  uint32_t max_message_bytes_;
  uint32_t remaining_ = 0;               // the payload bytes of this frame that have not arrived yet
  std::array<unsigned char, 14> header_; // of this frame: 2 bytes, then the length, then the masking key
  uint8_t header_size_ = 0;              // how many of its bytes have arrived
  utf8_validator utf8_;
  opcode message_kind_ = opcode::continuation; // continuation: no message is open
  bool message_compressed_ : 1 = false;
  bool compression_ : 1;
  bool in_payload_ : 1 = false;
  bool finished_ : 1 = false;
  bool paused_ : 1 = false;
};

/// A close frame (RFC 6455 §5.5.1). `reason` must be UTF-8; it is cut to the 123 bytes that fit.
/// `close_code::no_status` gives a frame without code and reason.
frame_ptr close_frame(uint16_t code, std::string_view reason = {});

/// Whether a peer may send this code in a close frame: 1000-1003, 1007-1014 (IANA's registry), 3000-4999.
bool is_close_code(uint16_t code) noexcept;

/// XORs `size` bytes with the 4 bytes of `key`, starting with the first (RFC 6455 §5.3).
void apply_mask(char* bytes, size_t size, const unsigned char* key) noexcept;

} // namespace bennu::engine
