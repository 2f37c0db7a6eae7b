#include "apps/bench/message.hpp"

#include <array>
#include <charconv>

#include <openssl/evp.h>
#include <openssl/sha.h>

namespace bennu::bench {

namespace {

// The position just after the string that begins at `i`.
size_t skip_string(std::string_view text, size_t i) {
  for (++i; i < text.size() && text[i] != '"'; ++i)
    if (text[i] == '\\')
      ++i;
  return i + 1;
}

} // namespace

std::optional<message_view> cut(std::string_view text) {
  if (text.size() < 2 || text.front() != '[' || text.back() != ']')
    return std::nullopt;
  std::array<std::string_view, 5> elements;
  size_t begin = 1;
  size_t i = 1;
  // The payload is everything after the fourth comma; it is not looked into.
  for (size_t n = 0; n < 4; ++n) {
    while (i < text.size() && text[i] != ',')
      i = text[i] == '"' ? skip_string(text, i) : i + 1;
    if (i >= text.size())
      return std::nullopt;
    elements[n] = text.substr(begin, i - begin);
    begin = ++i;
  }
  elements[4] = text.substr(begin, text.size() - 1 - begin);
  return message_view{elements[0], elements[1], elements[2], elements[3], elements[4]};
}

std::string write_message(std::string_view join_ref, std::string_view ref, std::string_view topic,
                          std::string_view event, std::string_view payload) {
  std::string out;
  out.reserve(32 + topic.size() + event.size() + payload.size());
  out.append("[\"").append(join_ref).append("\",\"").append(ref).append("\",\"");
  out.append(topic).append("\",\"").append(event).append("\",").append(payload).append("]");
  return out;
}

std::optional<uint64_t> number_in(std::string_view json, std::string_view quoted_key) {
  auto at = json.find(quoted_key);
  if (at == std::string_view::npos)
    return std::nullopt;
  at += quoted_key.size();
  while (at < json.size() && (json[at] == ':' || json[at] == ' '))
    ++at;
  uint64_t value = 0;
  const auto* end = json.data() + json.size();
  const auto [stop, error] = std::from_chars(json.data() + at, end, value);
  return error == std::errc{} ? std::optional{value} : std::nullopt;
}

std::string numbered_payload(size_t publisher, uint64_t number, size_t pad_bytes) {
  std::string out = "{\"p\":" + std::to_string(publisher) + ",\"n\":" + std::to_string(number);
  out += ",\"pad\":\"";
  out.append(pad_bytes, 'x');
  out += "\"}";
  return out;
}

namespace {

constexpr unsigned char final_bit = 0x80;
constexpr unsigned char mask_bit = 0x80;

void append_header(std::string& out, unsigned opcode, size_t size, unsigned char masked) {
  out += static_cast<char>(final_bit | opcode);
  const size_t extra = size < 126 ? 0 : size <= 0xFFFF ? 2 : 8;
  const size_t short_size = extra == 0 ? size : extra == 2 ? 126 : 127;
  out += static_cast<char>(masked | short_size);
  for (size_t i = extra; i-- > 0;)
    out += static_cast<char>(size >> (8 * i));
}

} // namespace

std::optional<raw_frame> next_frame(char* bytes, size_t size) {
  const auto byte = [bytes](size_t i) { return static_cast<unsigned char>(bytes[i]); };
  if (size < 2)
    return std::nullopt;
  const bool masked = (byte(1) & mask_bit) != 0;
  size_t length = byte(1) & 0x7FU;
  const size_t extra = length < 126 ? 0 : length == 126 ? 2 : 8;
  const size_t header = 2 + extra + (masked ? 4 : 0);
  if (size < header)
    return std::nullopt;
  if (extra != 0) {
    length = 0;
    for (size_t i = 0; i < extra; ++i)
      length = length << 8 | byte(2 + i);
  }
  if (length > size - header)
    return std::nullopt;
  if (masked)
    for (size_t i = 0; i < length; ++i)
      bytes[header + i] = static_cast<char>(byte(header + i) ^ byte(2 + extra + i % 4));
  return raw_frame{byte(0) & 0x0FU, {bytes + header, length}, header + length};
}

void append_masked(std::string& out, unsigned opcode, std::string_view payload) {
  // RFC 6455 §10.3 demands an unpredictable key, because of hostile proxies. On loopback there is no proxy.
  constexpr std::array<char, 4> key = {0x37, 0x5A, 0x1C, 0x6E};
  append_header(out, opcode, payload.size(), mask_bit);
  out.append(key.data(), key.size());
  for (size_t i = 0; i < payload.size(); ++i)
    out += static_cast<char>(payload[i] ^ key[i % 4]);
}

void append_unmasked(std::string& out, unsigned opcode, std::string_view payload) {
  append_header(out, opcode, payload.size(), 0);
  out += payload;
}

std::string upgrade_request(std::string_view target) {
  return "GET " + std::string{target}
         + " HTTP/1.1\r\nHost: 127.0.0.1\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
           "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n";
}

std::string accept_of(std::string_view key) {
  const auto text = std::string{key} + "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";
  std::array<unsigned char, SHA_DIGEST_LENGTH> digest{};
  SHA1(reinterpret_cast<const unsigned char*>(text.data()), text.size(), digest.data());
  std::array<unsigned char, 29> encoded{};
  EVP_EncodeBlock(encoded.data(), digest.data(), static_cast<int>(digest.size()));
  return {reinterpret_cast<const char*>(encoded.data()), 28};
}

} // namespace bennu::bench
