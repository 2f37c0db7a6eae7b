// Serializer v2. The first byte of the input chooses text or binary. Text is compared with nlohmann: accepted are
// exactly the arrays of five or more elements, with the same values. The reply to an accepted binary message repeats
// its fields.

#include <nlohmann/json.hpp>

#include "actors/json/scanner.hpp"
#include "actors/wire/serializer.hpp"
#include "tests/fuzz/require.hpp"
#include "tests/support/json_text.hpp"

namespace {

using bennu::test::expected_value;
using bennu::test::require;

using bennu::engine::client_message;
using bennu::engine::opcode;
using nlohmann::json;

std::string plain(const json& x) {
  return x.is_string() ? x.get<std::string>() : "";
}

void check_text(std::string_view text) {
  const auto result = bennu::engine::serializer_v2().decode(opcode::text, text);
  const auto* message = std::get_if<client_message>(&result);
  const auto value = bennu::engine::is_json(text) ? expected_value(text) : json{};
  require((message != nullptr) == (value.is_array() && value.size() >= 5));
  if (!message)
    return;
  require(message->topic == plain(value[2]) && message->event == plain(value[3]));
  require(message->body == bennu::payload{value[4]});
  const auto reply =
    bennu::engine::serializer_v2().reply(message->join_ref, message->ref, message->topic_text, "ok", message->body);
  const auto echo = expected_value(reply->body());
  require(echo[0] == value[0] && echo[1] == value[1] && echo[2] == value[2]);
  const auto push =
    bennu::engine::serializer_v2().push(message->join_ref, message->topic, message->event, message->body);
  require(expected_value(push->body())[3] == message->event);
}

void check_binary(std::string_view bytes) {
  const auto result = bennu::engine::serializer_v2().decode(opcode::binary, bytes);
  const auto* message = std::get_if<client_message>(&result);
  if (!message)
    return;
  require(expected_value(message->topic_text) == message->topic);
  const auto reply = bennu::engine::serializer_v2().reply(message->join_ref, message->ref, message->topic_text,
                                                          message->event, message->body);
  // The reply has the same sizes and fields as the push: join_ref, ref, topic, event (or status), data.
  require(reply->kind() == opcode::binary && reply->body().substr(1) == bytes.substr(1));
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const unsigned char* data, size_t size) {
  if (size == 0)
    return 0;
  const std::string_view rest{reinterpret_cast<const char*>(data) + 1, size - 1};
  if (data[0] % 2 == 0)
    check_text(rest);
  else
    check_binary(rest);
  return 0;
}
