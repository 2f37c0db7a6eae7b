// Bodies of long polling. A batch is split at its line breaks only. Text stays as it is. A binary message to the client
// becomes JSON.

#include <string_view>

#include <nlohmann/json.hpp>

#include "actors/wire/serializer.hpp"
#include "tests/fuzz/require.hpp"
#include "tests/support/json_text.hpp"
#include "transport/longpoll/body.hpp"

using bennu::test::expected_value;
using bennu::test::require;
using nlohmann::json;

extern "C" int LLVMFuzzerTestOneInput(const unsigned char* data, size_t size) {
  const std::string_view body{reinterpret_cast<const char*>(data), size};
  const auto whole = bennu::engine::split_post("application/json", body).messages;
  require(whole.size() == 1 && whole[0] && whole[0]->body == body);
  size_t taken = 0;
  const auto batch = bennu::engine::split_post("application/x-ndjson", body).messages;
  require(batch.size() <= bennu::engine::max_batch_messages);
  for (const auto& x : batch) {
    if (!x)
      continue;
    taken += x->body.size();
    require(x->body.find('\n') == std::string::npos || x->kind == bennu::engine::opcode::binary);
    const auto decoded = bennu::engine::serializer_v2().decode(x->kind, x->body);
    const auto* message = std::get_if<bennu::engine::client_message>(&decoded);
    if (message == nullptr || !message->body.is_binary())
      continue;
    const auto reply =
      bennu::engine::serializer_v2().reply(message->join_ref, message->ref, message->topic_text, "ok", message->body);
    if (reply->kind() != bennu::engine::opcode::binary)
      continue;
    const auto text = expected_value(bennu::engine::text_of_binary(reply->body()));
    require(text[2] == message->topic && text[4]["status"] == "ok");
    require(text[4]["response"]["base64"].get<std::string>().size() == (message->body.bytes().size() + 2) / 3 * 4);
  }
  require(taken <= body.size());
  return 0;
}
