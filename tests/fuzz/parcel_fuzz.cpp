// Blocks between nodes. Any bytes are accepted or refused. What was accepted stays the same when it is written and read
// again.

#include <string>
#include <string_view>

#include "actors/cluster/hub/parcel.hpp"
#include "actors/history/message.hpp"
#include "actors/history/position.hpp"
#include "actors/presence/message.hpp"
#include "tests/fuzz/require.hpp"

using bennu::test::require;

namespace {

void check_presence(std::string_view content) {
  const auto read = bennu::engine::parse_presence_message(content);
  if (!read)
    return;
  std::string written;
  bennu::engine::append_presence_message(written, read->first, read->second);
  const auto again = bennu::engine::parse_presence_message(written);
  require(again.has_value());
  std::string twice;
  bennu::engine::append_presence_message(twice, again->first, again->second);
  require(twice == written);
}

void check_broadcast(std::string_view content) {
  const auto read = bennu::engine::parse_broadcast(content);
  if (!read)
    return;
  std::string written;
  bennu::engine::append_broadcast(written, read->number, *read->message);
  const auto again = bennu::engine::parse_broadcast(written);
  require(again && again->number == read->number && again->message->topic == read->message->topic
          && again->message->event == read->message->event
          && again->message->body.bytes() == read->message->body.bytes());
}

void check_history(std::string_view content) {
  const auto read = bennu::engine::parse_history_message(content);
  if (!read)
    return;
  std::string written;
  bennu::engine::append_history_message(written, read->first, read->second);
  const auto again = bennu::engine::parse_history_message(written);
  require(again.has_value());
  std::string twice;
  bennu::engine::append_history_message(twice, again->first, again->second);
  require(twice == written);
}

// A position that a client may have made up.
void check_position(std::string_view text) {
  const auto read = bennu::engine::read_position(text);
  require(!read || text.size() <= bennu::engine::position_rule.max_bytes);
  require(!read || read->marks.size() <= text.size());
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const unsigned char* data, size_t size) {
  const std::string_view all{reinterpret_cast<const char*>(data), size};
  check_presence(all);
  check_broadcast(all);
  check_history(all);
  check_position(all);
  auto rest = all;
  std::string block;
  while (const auto next = bennu::engine::take_parcel(rest)) {
    bennu::engine::append_parcel(block, *next);
    next->kind == bennu::engine::parcel_kind::presence ? check_presence(next->content) : check_broadcast(next->content);
  }
  require(block.size() + rest.size() <= size);
  return 0;
}
