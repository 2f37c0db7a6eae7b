// Calls between nodes, and the requests of long-polling clients that they carry. Any bytes are accepted or refused.
// What was accepted stays the same when it is written and read again.

#include <string>
#include <string_view>

#include "actors/cluster/calls/call_table.hpp"
#include "tests/fuzz/require.hpp"
#include "transport/longpoll/relay.hpp"

using bennu::test::require;

namespace {

template <class Parse, class Write>
void check(std::string_view bytes, Parse parse, Write write) {
  const auto read = parse(bytes);
  if (!read)
    return;
  const std::string written = write(*read);
  require(written.size() <= bytes.size()); // the input may encode numbers in more bytes than they need
  require(parse(std::string_view{written}) == read);
}

template <class X>
auto appended(void (*append)(std::string&, const X&)) {
  return [append](const X& x) {
    std::string result;
    append(result, x);
    return result;
  };
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const unsigned char* data, size_t size) {
  const std::string_view all{reinterpret_cast<const char*>(data), size};
  check(all, bennu::engine::parse_call, appended(bennu::engine::append_call));
  check(all, bennu::engine::parse_answer, appended(bennu::engine::append_answer));
  check(all, bennu::engine::parse_receipt, appended(bennu::engine::append_receipt));
  auto encoded = [](const auto& x) { return bennu::engine::encode(x); };
  check(all, bennu::engine::parse_relayed_request, encoded);
  check(all, bennu::engine::parse_relayed_answer, encoded);
  return 0;
}
