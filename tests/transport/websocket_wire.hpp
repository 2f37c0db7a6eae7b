#pragma once

#include <algorithm>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "transport/websocket/codec.hpp"

namespace bennu::test {

using namespace engine;

/// Writes the bytes of a client field by field, so that tests can also build forbidden ones. It follows RFC 6455 §5.2
/// and is independent of the codec.
struct client_frame {
  unsigned kind = 1;
  std::string payload = {};
  bool final = true;
  unsigned reserved = 0; // the three bits, RSV1 is 4
  bool masked = true;
  unsigned length_bytes = 0; // 0: the shortest form; 2 or 8 to force one
  uint32_t key = 0x37FA213D;

  std::string wire() const {
    std::string out;
    out += static_cast<char>((final ? 0x80U : 0U) | reserved << 4U | kind);
    const auto size = payload.size();
    const auto form = length_bytes != 0 ? length_bytes : size < 126 ? 0U : size < 65536 ? 2U : 8U;
    const auto first = form == 0 ? size : form == 2 ? size_t{126} : size_t{127};
    out += static_cast<char>((masked ? 0x80U : 0U) | static_cast<unsigned>(first));
    for (unsigned i = form; i-- > 0;)
      out += static_cast<char>(size >> (8 * i) & 0xFFU);
    if (masked)
      for (unsigned i = 4; i-- > 0;)
        out += static_cast<char>(key >> (8 * i) & 0xFFU);
    for (size_t i = 0; i < size; ++i) {
      const auto mask = masked ? key >> (8 * (3 - i % 4)) & 0xFFU : 0U;
      out += static_cast<char>(static_cast<unsigned char>(payload[i]) ^ mask);
    }
    return out;
  }
};

inline std::string text(std::string payload) {
  return client_frame{1, std::move(payload)}.wire();
}
inline std::string binary(std::string payload) {
  return client_frame{2, std::move(payload)}.wire();
}
inline std::string ping(std::string payload) {
  return client_frame{9, std::move(payload)}.wire();
}
inline std::string fragment(unsigned kind, std::string payload, bool final) {
  return client_frame{kind, std::move(payload), final}.wire();
}
inline std::string closing(unsigned code, std::string_view reason = {}) {
  return client_frame{8,
                      std::string{static_cast<char>(code >> 8U), static_cast<char>(code & 0xFFU)} + std::string{reason}}
    .wire();
}

/// Records every event as one line.
struct event_log : websocket_events {
  std::vector<std::string> lines;

  void add(std::string name, std::string_view text) { lines.push_back((name += ' ') += text); }
  void on_message(opcode kind, std::string_view x) override { add(kind == opcode::text ? "text" : "binary", x); }
  void on_compressed_message(opcode kind, std::string_view x) override {
    add(kind == opcode::text ? "compressed text" : "compressed binary", x);
  }
  void on_ping(std::string_view x) override { add("ping", x); }
  void on_pong(std::string_view x) override { add("pong", x); }
  void on_close(uint16_t code, std::string_view x) override { add("close " + std::to_string(code), x); }
  void on_error(uint16_t code, std::string_view x) override { add("error " + std::to_string(code), x); }
};

using lines = std::vector<std::string>;

/// The events of `bytes` when they are read in pieces of `piece` bytes.
inline lines read_all(std::string bytes, websocket_limits limits = {}, size_t piece = SIZE_MAX) {
  websocket_codec codec{limits};
  event_log log;
  for (size_t i = 0; i < bytes.size(); i += std::min(piece, bytes.size() - i))
    codec.consume({bytes.data() + i, std::min(piece, bytes.size() - i)}, log);
  return log.lines;
}

} // namespace bennu::test
