#include <doctest/doctest.h>

#include <nlohmann/json.hpp>

#include "actors/wire/serializer.hpp"

using namespace bennu;
using namespace bennu::engine;
using namespace std::string_literals;

namespace {

client_message decoded_v2(std::string_view body, opcode kind = opcode::text) {
  auto result = serializer_v2().decode(kind, body);
  REQUIRE_MESSAGE(std::holds_alternative<client_message>(result), body);
  return std::get<client_message>(std::move(result));
}

std::string refused_v2(std::string_view body, opcode kind = opcode::text) {
  const auto result = serializer_v2().decode(kind, body);
  REQUIRE_MESSAGE(std::holds_alternative<decode_error>(result), body);
  return std::get<decode_error>(result).text;
}

const auto some_bytes = payload::binary("\x00\xff!"s);

} // namespace

TEST_CASE("serializer v2: a message is an array of five elements") {
  const auto x = decoded_v2(R"( ["1" , "2","room:lobby","new_msg", {"body": 1.0} ] )");
  CHECK(x.join_ref == R"("1")");
  CHECK(x.ref == R"("2")");
  CHECK(x.topic == "room:lobby");
  CHECK(x.topic_text == R"("room:lobby")");
  CHECK(x.event == "new_msg");
  CHECK(x.body.bytes() == R"({"body": 1.0})");
}

TEST_CASE("serializer v2: a push carries the join_ref, a broadcast does not") {
  const payload body = json{{"a", 1}};
  CHECK(serializer_v2().push("\"3\"", "t", "e", body)->body() == R"(["3",null,"t","e",{"a":1}])");
  CHECK(serializer_v2().broadcast("t", "e", body)->body() == R"([null,null,"t","e",{"a":1}])");
  CHECK(serializer_v2().push("\"3\"", "t", "e", body)->kind() == opcode::text);
}

TEST_CASE("serializer v2: topics and events are escaped") {
  CHECK(serializer_v2().broadcast("a\"b", "c\\\n\x01\xc3\xa9", {})->body()
        == "[null,null,\"a\\\"b\",\"c\\\\\\n\\u0001\xc3\xa9\",{}]");
}

TEST_CASE("serializer v2: the end of a channel has the join_ref as ref") {
  CHECK(serializer_v2().channel_end("\"3\"", "\"t\"", "phx_close", {})->body() == R"(["3","3","t","phx_close",{}])");
}

TEST_CASE("serializer v2: a binary push of a client is decoded") {
  const auto x = decoded_v2("\0\1\1\4\3"
                            "12roomput\x00\xff"s,
                            opcode::binary);
  CHECK(x.join_ref == R"("1")");
  CHECK(x.ref == R"("2")");
  CHECK(x.topic == "room");
  CHECK(x.event == "put");
  CHECK(x.body == payload::binary("\x00\xff"s));
}

TEST_CASE("serializer v2: an empty join_ref in a binary push is an empty string") {
  CHECK(decoded_v2("\0\0\1\1\1"
                   "2te"s,
                   opcode::binary)
          .join_ref
        == "\"\"");
}

TEST_CASE("serializer v2: malformed binary messages are refused") {
  for (const auto& body : {""s, "\0"s, "\0\1\1\1"s, "\1\0\0\0\0"s, "\2\1\1te"s,
                           "\0\1\1\1\1"
                           "abc"s,
                           "\0\0\0\1\0\xff"s})
    CHECK_FALSE(refused_v2(body, opcode::binary).empty());
}

TEST_CASE("serializer v2: binary frames to the client have Phoenix's layouts") {
  const auto& v2 = serializer_v2();
  CHECK(v2.push("\"9\"", "tt", "eee", some_bytes)->body()
        == "\0\1\2\3"
           "9tteee\0\xff!"s);
  CHECK(v2.broadcast("tt", "eee", some_bytes)->body() == "\2\2\3tteee\0\xff!"s);
  CHECK(v2.reply("\"9\"", "15", "\"tt\"", "ok", some_bytes)->body()
        == "\1\1\2\2\2"
           "915ttok\0\xff!"s);
  CHECK(v2.reply("null", "null", "\"t\"", "ok", some_bytes)->body() == "\1\0\0\1\2tok\0\xff!"s);
  CHECK(v2.push("null", "t", "e", some_bytes)->kind() == opcode::binary);
}

TEST_CASE("serializer v2: a binary field has at most 255 bytes") {
  const auto& v2 = serializer_v2();
  const std::string longest(255, 'x');
  const auto longer = longest + "x";
  CHECK(v2.push("null", longest, longest, some_bytes)->body().size() == 4 + 2 * 255 + 3);
  CHECK_THROWS_AS(v2.push("null", longer, "e", some_bytes), encode_error);
  CHECK_THROWS_AS(v2.broadcast("t", longer, some_bytes), encode_error);
}

TEST_CASE("serializer v2: a binary reply to a ref that is too long becomes an error in text") {
  const auto ref = json(std::string(256, 'x')).dump();
  const auto x = serializer_v2().reply("null", ref, "\"t\"", "ok", some_bytes);
  CHECK(x->kind() == opcode::text);
  const auto value = json::parse(x->body());
  CHECK(value[1] == std::string(256, 'x'));
  CHECK(value[4]["status"] == "error");
}

TEST_CASE("serializer v2: an event that is not UTF-8 cannot be sent") {
  CHECK_THROWS_AS(serializer_v2().broadcast("t", "\xff", {}), encode_error);
}

TEST_CASE("serializers: the version selects the serializer") {
  CHECK(serializer_for(std::nullopt) == &serializer_v1());
  for (const auto* vsn : {"1.0.0", "1.0.7", "1.0.0+build.01"})
    CHECK(serializer_for(vsn) == &serializer_v1());
  for (const auto* vsn : {"2.0.0", "2.0.12", "2.0.1-rc.1"})
    CHECK(serializer_for(vsn) == &serializer_v2());
  for (const auto* vsn : {"", "2", "2.0", "2.0.0.0", "2.1.0", "3.0.0", "02.0.0", "2.0.01", "2.0.0-rc", "2.0.1-",
                          "2.0.x", " 2.0.0", "2.0.0+", "2..0", "2.0.1-01", "12.0.0", "x"})
    CHECK_MESSAGE(serializer_for(vsn) == nullptr, vsn);
}
