#include "transport/websocket/codec.hpp"

#include <algorithm>
#include <cstring>
#include <limits>

namespace bennu::engine {

static_assert(sizeof(websocket_codec) <= 64, "every connection holds one");

/// The code 0 means that there is no problem.
struct websocket_codec::problem {
  uint16_t code = 0;
  std::string_view why = {};
};

struct websocket_codec::input {
  char* position;
  size_t left;

  char* take(size_t size) noexcept {
    auto* result = position;
    position += size;
    left -= size;
    return result;
  }
};

namespace {

constexpr std::string_view not_utf8 = "text is not valid UTF-8";
constexpr size_t max_reason_bytes = 123;

} // namespace

websocket_codec::websocket_codec(websocket_limits limits) noexcept
  : max_message_bytes_(
    static_cast<uint32_t>(std::min<size_t>(limits.max_message_bytes, std::numeric_limits<uint32_t>::max()))),
    header_{}, compression_(limits.compression) {}

size_t websocket_codec::consume(std::span<char> bytes, websocket_events& events) {
  input in{bytes.data(), bytes.size()};
  paused_ = false;
  while (!finished_ && !paused_)
    if (!(in_payload_ ? take_payload(in, events) : take_header(in, events)))
      break;
  return bytes.size() - in.left;
}

size_t websocket_codec::buffered_bytes() const noexcept {
  return buffer_.capacity();
}

// -- the header (§5.2) --------------------------------------------------------

// Returns whether the remaining bytes may contain more.
bool websocket_codec::take_header(input& in, websocket_events& events) {
  while (in.left > 0) {
    const auto wanted = header_size_ < 2 ? 2 : header_bytes();
    const auto size = std::min(in.left, wanted - header_size_);
    std::memcpy(header_.data() + header_size_, in.take(size), size);
    header_size_ = static_cast<uint8_t>(header_size_ + size);
    if (header_size_ < wanted)
      return false;
    if (wanted == 2) {
      if (const auto found = check_start(); found.code != 0) {
        fail(found, events);
        return false;
      }
      continue;
    }
    const auto length = announced_length();
    if (const auto found = check_length(length); found.code != 0) {
      fail(found, events);
      return false;
    }
    start_payload(static_cast<uint32_t>(length));
    return true; // true even without remaining bytes, because the payload may be empty
  }
  return false;
}

// Checks the first two bytes.
websocket_codec::problem websocket_codec::check_start() const noexcept {
  using namespace close_code;
  const auto kind = header_[0] & 0x0FU;
  const bool opens = kind == 1 || kind == 2;
  const auto reserved = header_[0] & 0x70U;
  if (reserved != 0 && !(reserved == 0x40U && compression_ && opens)) // §5.2, RFC 7692 §6
    return {protocol_error, "a reserved bit is set"};
  if ((kind > 2 && kind < 8) || kind > 10)
    return {protocol_error, "reserved opcode"};
  if ((header_[1] & 0x80U) == 0) // §5.1
    return {protocol_error, "frame is not masked"};
  if (is_control()) { // §5.5
    if (!is_final())
      return {protocol_error, "control frame is fragmented"};
    if ((header_[1] & 0x7FU) > 125)
      return {protocol_error, "control frame is longer than 125 bytes"};
    return {};
  }
  if (opens && message_kind_ != opcode::continuation) // §5.4
    return {protocol_error, "new message inside a fragmented one"};
  if (kind == 0 && message_kind_ == opcode::continuation)
    return {protocol_error, "nothing to continue"};
  return {};
}

websocket_codec::problem websocket_codec::check_length(uint64_t length) const noexcept {
  using namespace close_code;
  if ((length >> 63U) != 0) // §5.2
    return {protocol_error, "length has its top bit set"};
  const auto form = header_[1] & 0x7FU;
  if ((form == 126 && length < 126) || (form == 127 && length <= 0xFFFF)) // §5.2
    return {protocol_error, "length is not in its shortest form"};
  if (!is_control() && length > max_message_bytes_ - std::min<uint64_t>(message_bytes(), max_message_bytes_))
    return {message_too_big, "message is too big"};
  return {};
}

size_t websocket_codec::header_bytes() const noexcept {
  const auto form = header_[1] & 0x7FU;
  return form < 126 ? 6 : form == 126 ? 8 : 14;
}

uint64_t websocket_codec::announced_length() const noexcept {
  const auto form = header_[1] & 0x7FU;
  if (form < 126)
    return form;
  uint64_t result = 0;
  for (size_t i = 2; i < header_bytes() - 4; ++i)
    result = result << 8U | header_[i];
  return result;
}

// -- the payload (§5.3, §5.4, §5.5) -------------------------------------------

void websocket_codec::start_payload(uint32_t length) noexcept {
  remaining_ = length;
  in_payload_ = true;
  if (!is_control() && frame_kind() != opcode::continuation) {
    message_kind_ = frame_kind();
    message_compressed_ = (header_[0] & 0x40U) != 0;
    utf8_ = {};
  }
}

// How many bytes of `buffer_` belong to the open message.
size_t websocket_codec::message_bytes() const noexcept {
  return in_payload_ && is_control() ? buffer_.size() - ((header_[1] & 0x7FU) - remaining_) : buffer_.size();
}

bool websocket_codec::take_payload(input& in, websocket_events& events) {
  const auto size = std::min<size_t>(in.left, remaining_);
  auto* const key = header_.data() + header_size_ - 4;
  const bool begins_here = is_control() ? (header_[1] & 0x7FU) == remaining_ : buffer_.empty();
  std::string_view piece;
  if (size > 0) {
    auto* bytes = in.take(size);
    apply_mask(bytes, size, key);
    std::rotate(key, key + size % 4, key + 4);
    piece = {bytes, size};
  }
  remaining_ -= static_cast<uint32_t>(size);
  const bool checked = !is_control() && message_kind_ == opcode::text && !message_compressed_;
  if (checked && !utf8_.feed(piece)) {
    fail({close_code::invalid_payload, not_utf8}, events);
    return false;
  }
  const bool whole = remaining_ == 0;
  const bool handed_out = whole && (is_control() || is_final());
  if (!(handed_out && begins_here))
    buffer_.append(piece);
  if (!whole)
    return false;
  const auto message = is_control() && begins_here ? buffer_.size() : message_bytes();
  if (handed_out && !begins_here)
    piece = buffer_.view().substr(is_control() ? message : 0);
  if (is_control()) {
    finish_control(piece, events);
    release_from(message);
  } else if (is_final()) {
    finish_message(piece, events);
    release_from(0);
  }
  in_payload_ = false;
  header_size_ = 0;
  return true;
}

void websocket_codec::finish_message(std::string_view payload, websocket_events& events) {
  const auto kind = message_kind_;
  message_kind_ = opcode::continuation;
  if (message_compressed_)
    events.on_compressed_message(kind, payload);
  else if (kind == opcode::text && !utf8_.complete())
    fail({close_code::invalid_payload, not_utf8}, events);
  else
    events.on_message(kind, payload);
}

// Keeps the first `size` bytes of the buffer. An idle connection holds no memory.
void websocket_codec::release_from(size_t size) noexcept {
  buffer_.shorten(finished_ ? 0 : size);
}

void websocket_codec::discard() noexcept {
  finished_ = true;
  buffer_.shorten(0);
}

void websocket_codec::finish_control(std::string_view payload, websocket_events& events) {
  if (frame_kind() == opcode::ping)
    events.on_ping(payload);
  else if (frame_kind() == opcode::pong)
    events.on_pong(payload);
  else
    finish_close(payload, events);
}

void websocket_codec::finish_close(std::string_view payload, websocket_events& events) {
  finished_ = true;
  if (payload.empty()) {
    events.on_close(close_code::no_status, {});
    return;
  }
  if (payload.size() == 1)
    return fail({close_code::protocol_error, "close frame of one byte"}, events);
  const auto code =
    static_cast<uint16_t>(static_cast<unsigned char>(payload[0]) << 8U | static_cast<unsigned char>(payload[1]));
  const auto reason = payload.substr(2);
  if (!is_close_code(code))
    return fail({close_code::protocol_error, "close code is not allowed"}, events);
  if (!is_utf8(reason))
    return fail({close_code::invalid_payload, "close reason is not valid UTF-8"}, events);
  events.on_close(code, reason);
}

void websocket_codec::fail(problem what, websocket_events& events) {
  finished_ = true;
  events.on_error(what.code, what.why);
}

// -- free functions -----------------------------------------------------------

frame_ptr close_frame(uint16_t code, std::string_view reason) {
  if (code == close_code::no_status)
    return make_frame(opcode::close, {});
  const auto text = utf8_prefix(reason, max_reason_bytes);
  char body[2 + max_reason_bytes];
  body[0] = static_cast<char>(code >> 8U);
  body[1] = static_cast<char>(code & 0xFFU);
  std::copy(text.begin(), text.end(), body + 2);
  return make_frame(opcode::close, {body, 2 + text.size()});
}

bool is_close_code(uint16_t code) noexcept {
  return (code >= 1000 && code <= 1003) || (code >= 1007 && code <= 1014) || (code >= 3000 && code <= 4999);
}

void apply_mask(char* bytes, size_t size, const unsigned char* key) noexcept {
  uint32_t half = 0;
  std::memcpy(&half, key, 4);
  const uint64_t whole = uint64_t{half} << 32U | half;
  uint64_t words[4];
  size_t i = 0;
  for (; i + 32 <= size; i += 32) { // four words, which the compiler turns into two vectors
    std::memcpy(words, bytes + i, 32);
    for (auto& word : words)
      word ^= whole;
    std::memcpy(bytes + i, words, 32);
  }
  for (; i + 8 <= size; i += 8) {
    std::memcpy(words, bytes + i, 8);
    words[0] ^= whole;
    std::memcpy(bytes + i, words, 8);
  }
  for (; i < size; ++i)
    bytes[i] = static_cast<char>(static_cast<unsigned char>(bytes[i]) ^ key[i % 4]);
}

} // namespace bennu::engine
