// Compares serializer v1 with nlohmann: it accepts exactly the objects that have all four members, and reads the same
// values.

#include <nlohmann/json.hpp>

#include "actors/json/scanner.hpp"
#include "actors/wire/serializer.hpp"
#include "tests/fuzz/require.hpp"
#include "tests/support/json_text.hpp"

namespace {

using bennu::test::expected_value;
using bennu::test::require;

std::string plain(const nlohmann::json& x) {
  return x.is_string() ? x.get<std::string>() : "";
}

bool complete(const nlohmann::json& x) {
  return x.is_object() && x.contains("topic") && x.contains("event") && x.contains("payload") && x.contains("ref");
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const unsigned char* data, size_t size) {
  const std::string_view text{reinterpret_cast<const char*>(data), size};
  const auto result = bennu::engine::serializer_v1().decode(bennu::engine::opcode::text, text);
  const auto* message = std::get_if<bennu::engine::client_message>(&result);
  const auto value = bennu::engine::is_json(text) ? expected_value(text) : nlohmann::json{};
  require((message != nullptr) == complete(value));
  if (!message)
    return 0;
  require(message->topic == plain(value["topic"]) && message->event == plain(value["event"]));
  require(message->body == bennu::payload{value["payload"]});
  const auto reply =
    bennu::engine::serializer_v1().reply(message->join_ref, message->ref, message->topic_text, "ok", message->body);
  const auto echo = expected_value(reply->body());
  require(echo["ref"] == value["ref"] && echo["topic"] == value["topic"]);
  return 0;
}
