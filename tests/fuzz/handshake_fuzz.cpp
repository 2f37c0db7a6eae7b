// check_handshake. Each line of the input is a header. The function accepts the request or refuses it with 400 or 426.
// An accepted request has a key. No header of an answer contains a line break.

#include "tests/fuzz/require.hpp"
#include "transport/websocket/handshake.hpp"

using namespace bennu;
using namespace bennu::engine;
using bennu::test::require;

extern "C" int LLVMFuzzerTestOneInput(const unsigned char* data, size_t size) {
  std::string_view text{reinterpret_cast<const char*>(data), size};
  http_request request;
  request.method = "GET";
  while (!text.empty()) {
    const auto line = text.substr(0, text.find('\n'));
    text.remove_prefix(std::min(text.size(), line.size() + 1));
    const auto colon = line.find(':');
    if (colon != line.npos)
      request.headers.emplace_back(line.substr(0, colon), line.substr(colon + 1));
  }
  const auto result = check_handshake(request);
  if (const auto* refused = std::get_if<http_response>(&result)) {
    require(refused->status == 400 || refused->status == 426);
    return 0;
  }
  require(request.header("Sec-WebSocket-Key").size() == 24);
  for (auto& [name, value] : std::get<0>(result))
    require(value.find_first_of("\r\n") == std::string::npos);
  return 0;
}
