// websocket_codec. The events are the same whether the bytes arrive at once, one by one, or in pieces. Text is valid
// UTF-8. No message exceeds the limit, no event follows the end, and the codec holds at most twice the bytes that
// arrived.
//
// The first byte of the input chooses the options, the second one where to cut. The rest are the bytes on the wire.

#include "tests/fuzz/require.hpp"
#include "tests/transport/websocket_wire.hpp"

using namespace bennu;
using namespace bennu::test;

namespace {

constexpr size_t max_message_bytes = 300;

struct judge : event_log {
  bool ended = false;

  void on_message(opcode kind, std::string_view x) override {
    require(!ended && x.size() <= max_message_bytes);
    require(kind == opcode::binary || (kind == opcode::text && is_utf8(x)));
    event_log::on_message(kind, x);
  }
  void on_ping(std::string_view x) override {
    require(!ended && x.size() <= 125);
    event_log::on_ping(x);
  }
  void on_close(uint16_t code, std::string_view reason) override {
    require(!ended && is_utf8(reason) && (code == close_code::no_status || is_close_code(code)));
    ended = true;
    event_log::on_close(code, reason);
  }
  void on_error(uint16_t code, std::string_view why) override {
    require(!ended && (code == 1002 || code == 1007 || code == 1009));
    ended = true;
    event_log::on_error(code, why);
  }
};

lines read_in_pieces(std::string bytes, websocket_limits limits, size_t piece) {
  websocket_codec codec{limits};
  judge log;
  for (size_t i = 0; i < bytes.size();) {
    const auto size = std::min(piece, bytes.size() - i);
    codec.consume({bytes.data() + i, size}, log);
    i += size;
    require(codec.buffered_bytes() <= 64 + 2 * i);
    require(codec.finished() == log.ended);
  }
  return log.lines;
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const unsigned char* data, size_t size) {
  if (size < 2)
    return 0;
  const websocket_limits limits{max_message_bytes, (data[0] & 1U) != 0};
  const std::string bytes{reinterpret_cast<const char*>(data) + 2, size - 2};
  const auto whole = read_in_pieces(bytes, limits, SIZE_MAX);
  require(read_in_pieces(bytes, limits, 1) == whole);
  require(read_in_pieces(bytes, limits, size_t{data[1]} + 2) == whole);
  return 0;
}
