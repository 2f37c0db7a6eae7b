// permessage-deflate. Any bytes are decompressed within the limit or refused. Compressed bytes decompress to the
// original.
#include <cstdint>
#include <string>

#include "tests/fuzz/require.hpp"
#include "transport/websocket/deflate.hpp"

using namespace bennu;
using namespace bennu::engine;
using bennu::test::require;

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  static deflate streams;
  constexpr size_t limit = 100'000;
  const std::string_view bytes{reinterpret_cast<const char*>(data), size};
  require(streams.decompressed(bytes, limit).message.size() <= limit);
  const auto frame = make_frame(opcode::binary, bytes);
  const auto small = streams.compressed(frame);
  require(small == frame || streams.decompressed(small->body(), size).message == bytes);
  http_request offer;
  offer.headers.emplace_back("Sec-WebSocket-Extensions", bytes);
  (void)accept_deflate(offer);
  return 0;
}
