#include <doctest/doctest.h>

#include <nlohmann/json.hpp>

#include "actors/wire/serializer.hpp"

using namespace bennu;
using namespace bennu::engine;

namespace {

client_message decoded_v1(std::string_view body, opcode kind = opcode::text) {
  auto result = serializer_v1().decode(kind, body);
  REQUIRE_MESSAGE(std::holds_alternative<client_message>(result), body);
  return std::get<client_message>(std::move(result));
}

std::string refused_v1(std::string_view body) {
  const auto result = serializer_v1().decode(opcode::text, body);
  REQUIRE_MESSAGE(std::holds_alternative<decode_error>(result), body);
  return std::get<decode_error>(result).text;
}

json sent(const frame_ptr& x) {
  CHECK(x->kind() == opcode::text);
  return json::parse(x->body());
}

} // namespace

TEST_CASE("serializer v1: a message is an object; join_ref may be absent") {
  const auto x = decoded_v1(R"({"topic":"t","event":"e","payload":{"a": 1},"ref":"7"})");
  CHECK(x.topic == "t");
  CHECK(x.topic_text == "\"t\"");
  CHECK(x.event == "e");
  CHECK(x.ref == "\"7\"");
  CHECK(x.join_ref == "null");
  CHECK(x.body.bytes() == R"({"a": 1})");
  CHECK(decoded_v1(R"({"join_ref":3,"topic":"t","event":"e","payload":{},"ref":null})").join_ref == "3");
}

TEST_CASE("serializer v1: other members are ignored; of two members with one name the later counts") {
  const auto x = decoded_v1(R"({"x":[1],"topic":"a","t\u006fpic":"b","event":"e","payload":{},"ref":1,"more":{}})");
  CHECK(x.topic == "b");
}

TEST_CASE("serializer v1: JSON in a binary message is read too") {
  CHECK(decoded_v1(R"({"topic":"t","event":"e","payload":{},"ref":1})", opcode::binary).topic == "t");
}

TEST_CASE("serializer v1: the error names the missing member") {
  CHECK(refused_v1("{}") == "the member \"topic\" is missing");
  CHECK(refused_v1(R"({"topic":"t","event":"e","ref":1})") == "the member \"payload\" is missing");
  CHECK(refused_v1(R"({"topic":"t","event":"e","payload":1})") == "the member \"ref\" is missing");
  CHECK(refused_v1(R"({"topic":"t","ref":"e","payload":1})") == "the member \"event\" is missing");
}

TEST_CASE("serializer v1: no message to the client has a join_ref") {
  const auto& v1 = serializer_v1();
  const payload body = json{{"a", 1}};
  const json message = {{"topic", "t\"1"}, {"event", "e"}, {"payload", {{"a", 1}}}, {"ref", nullptr}};
  CHECK(sent(v1.push("\"1\"", "t\"1", "e", body)) == message);
  CHECK(sent(v1.broadcast("t\"1", "e", body)) == message);
  CHECK(
    sent(v1.reply("\"1\"", "15", "\"t\"", "ok", body))
    == json{
      {"topic", "t"}, {"event", "phx_reply"}, {"payload", {{"status", "ok"}, {"response", {{"a", 1}}}}}, {"ref", 15}});
}

TEST_CASE("serializer v1: the end of a channel has the client's join_ref as ref, or null") {
  const auto end = [](std::string_view join_ref) {
    return sent(serializer_v1().channel_end(join_ref, "\"t\"", "phx_error", {}));
  };
  CHECK(end("null") == json{{"topic", "t"}, {"event", "phx_error"}, {"payload", json::object()}, {"ref", nullptr}});
  CHECK(end("\"4\"")["ref"] == "4");
}

TEST_CASE("serializer v1: bytes are sent as base64") {
  const auto& v1 = serializer_v1();
  const std::string all{"\x00\xFF\xFE\x7F", 4};
  const char* expected[] = {"", "AA==", "AP8=", "AP/+", "AP/+fw=="};
  for (size_t size = 0; size <= all.size(); ++size) {
    const auto bytes = payload::binary(all.substr(0, size));
    const json said = {{"base64", expected[size]}};
    CHECK(sent(v1.push("null", "t", "e", bytes))["payload"] == said);
    CHECK(sent(v1.broadcast("t", "e", bytes))["payload"] == said);
    CHECK(sent(v1.channel_end("null", "\"t\"", "phx_error", bytes))["payload"] == said);
    CHECK(sent(v1.reply("null", "1", "\"t\"", "ok", bytes))["payload"] == json{{"status", "ok"}, {"response", said}});
  }
}
