// HTTP requests in pieces; the first byte of the input chooses where to cut. The pieces give the same result as the
// whole.
#include <cstdint>
#include <string>

#include "tests/fuzz/require.hpp"
#include "transport/http/peer_address.hpp"
#include "transport/http/reader.hpp"

using namespace bennu;
using namespace bennu::engine;
using bennu::test::require;

namespace {

struct seen {
  std::string requests;
  unsigned refused_with = 0;
};

seen read_all(std::string_view bytes, size_t piece) {
  http_reader reader{4096, 4096};
  const trusted_proxies proxies{{"0.0.0.0/0", "unix"}};
  seen result;
  while (!bytes.empty()) {
    reader.feed(bytes.substr(0, piece));
    bytes.remove_prefix(std::min(piece, bytes.size()));
    for (;;) {
      auto next = reader.next();
      if (std::holds_alternative<http_reader::incomplete>(next))
        break;
      if (auto* bad = std::get_if<bad_request>(&next))
        return {result.requests, bad->status};
      auto& request = std::get<http_request>(next);
      proxies.resolve(request);
      result.requests +=
        request.method + request.target + request.body + request.peer_address + (reader.keep_alive() ? "+" : "-");
    }
  }
  return result;
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  if (size < 1)
    return 0;
  const std::string_view bytes{reinterpret_cast<const char*>(data) + 1, size - 1};
  const auto cut = read_all(bytes, 1 + data[0]);
  const auto whole = read_all(bytes, 1 << 20);
  require(cut.requests == whole.requests);
  // The cuts may decide how early an incomplete request is refused. Besides, when a chunk's extension has a quote that
  // is not closed in its line, Beast 1.81 adds the size of the chunk again with each piece, until the body is too
  // large.
  require(cut.refused_with == whole.refused_with || cut.refused_with == 0 || whole.refused_with == 0
          || (cut.refused_with == 413 && whole.refused_with == 400));
  return 0;
}
