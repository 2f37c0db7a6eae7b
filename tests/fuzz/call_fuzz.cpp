// Calls between nodes, and the requests of long-polling clients and of publish APIs that they carry. Any bytes are
// accepted or refused. What was accepted stays the same when it is written and read again.

#include <string>
#include <string_view>

#include "actors/cluster/calls/call_table.hpp"
#include "actors/cluster/link/fields.hpp"
#include "tests/fuzz/require.hpp"
#include "transport/longpoll/relay.hpp"
#include "transport/publish/node_messages.hpp"

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
void check_fields(std::string_view bytes) {
  check(bytes, bennu::engine::parse_fields<X>, [](const X& x) {
    std::string result;
    bennu::engine::append_fields(result, x);
    return result;
  });
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const unsigned char* data, size_t size) {
  const std::string_view all{reinterpret_cast<const char*>(data), size};
  check_fields<bennu::engine::call_parcel>(all);
  check_fields<bennu::engine::answer_parcel>(all);
  check_fields<bennu::engine::receipt_parcel>(all);
  auto encoded = [](const auto& x) { return bennu::engine::encode(x); };
  check(all, bennu::engine::parse_relayed_request, encoded);
  check(all, bennu::engine::parse_relayed_answer, encoded);
  check(all, bennu::engine::parse_api_question, encoded);
  check(all, bennu::engine::parse_verdict, encoded);
  check(all, bennu::engine::parse_topic_counts, encoded);
  return 0;
}
