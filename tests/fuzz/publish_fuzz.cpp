// The bodies of the publish API. Any bytes are read or refused, and what is read consists of texts that pubsub accepts.

#include <string>
#include <string_view>
#include <vector>

#include "actors/json/scanner.hpp"
#include "actors/json/utf8.hpp"
#include "tests/fuzz/require.hpp"
#include "transport/publish/publish_reader.hpp"

using bennu::test::require;
using namespace bennu::engine;

extern "C" int LLVMFuzzerTestOneInput(const unsigned char* data, size_t size) {
  const std::string_view all{reinterpret_cast<const char*>(data), size};
  static const known_key some{{.secret = "some", .topics = {"a*", "room:lobby"}}, {}};
  const auto read = read_publish(all, some);
  if (const auto* refused = std::get_if<bennu::http_response>(&read)) {
    require(refused->status >= 400 && is_json(refused->body));
  } else {
    require(is_json(all));
    for (const auto& x : std::get<std::vector<publish_command>>(read))
      require(is_utf8(x.topic) && is_utf8(x.event) && some.may_use(x.topic) && is_json(x.body.bytes()));
  }
  const auto id = read_disconnect(all, some);
  if (const auto* text = std::get_if<std::string>(&id))
    require(is_utf8(*text) && some.may_use(*text));
  const auto topic = read_presence(all, some);
  if (const auto* text = std::get_if<std::string>(&topic))
    require(is_utf8(*text) && some.may_use(*text));
  return 0;
}
