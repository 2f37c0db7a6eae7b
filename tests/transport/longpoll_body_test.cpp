#include <string>

#include <doctest/doctest.h>
#include <nlohmann/json.hpp>

#include "actors/wire/serializer.hpp"
#include "transport/longpoll/body.hpp"

using namespace bennu;
using namespace bennu::engine;
using nlohmann::json;

namespace {

constexpr std::string_view ndjson = "application/x-ndjson";

} // namespace

TEST_CASE("longpoll body: without the batch type the whole body is one text message") {
  for (const auto* type : {"", "application/json", "text/plain", "application/x-ndjson; charset=utf-8"}) {
    const auto messages = split_post(type, "[1]\n[2]").messages;
    REQUIRE(messages.size() == 1);
    CHECK(messages[0]->kind == opcode::text);
    CHECK(messages[0]->body == "[1]\n[2]");
  }
}

TEST_CASE("longpoll body: a batch has one message per line, whatever ends the lines") {
  const auto messages = split_post(ndjson, "[1]\r\n{\"a\":2}\n\nAAEC\n").messages;
  REQUIRE(messages.size() == 3);
  CHECK(messages[0]->body == "[1]");
  CHECK(messages[1]->body == "{\"a\":2}");
  CHECK(messages[1]->kind == opcode::text);
  CHECK(messages[2]->kind == opcode::binary);
  CHECK(messages[2]->body == std::string{"\x00\x01\x02", 3});
}

TEST_CASE("longpoll body: base64 keeps every length and byte") {
  std::string bytes;
  for (int i = 0; i < 600; ++i) {
    const auto text = text_of_binary(std::string{"\x02\x01\x01te", 5} + bytes);
    const auto encoded = json::parse(text)[4]["base64"].get<std::string>();
    if (!bytes.empty()) {
      const auto back = split_post(ndjson, encoded).messages;
      REQUIRE(back.at(0));
      CHECK(back[0]->body == bytes);
    }
    bytes += static_cast<char>(i);
  }
}

TEST_CASE("longpoll body: a line that is neither JSON nor base64 is marked, and the other lines are read") {
  const auto messages = split_post(ndjson, "[1]\nnonsense!\nAAE\nA===\n====\n[2]").messages;
  REQUIRE(messages.size() == 6);
  CHECK(messages[0]);
  for (size_t i = 1; i < 5; ++i)
    CHECK_FALSE(messages[i]);
  CHECK(messages[5]->body == "[2]");
}

TEST_CASE("longpoll body: a hundred messages of a batch are read, and whether there are more is known") {
  std::string body;
  for (int i = 0; i < 100; ++i)
    body += "\n[" + std::to_string(i) + "]\r\n";
  CHECK(split_post(ndjson, body).messages.size() == 100);
  CHECK_FALSE(split_post(ndjson, body + "\n\n").has_more);
  const auto longer = split_post(ndjson, body + "[100]");
  CHECK(longer.messages.size() == 100);
  CHECK(longer.messages.back()->body == "[99]");
  CHECK(longer.has_more);
}

TEST_CASE("longpoll body: a poll is answered with its messages as texts") {
  const frame_ptr messages[] = {make_frame(opcode::text, R"(["1","2","t\"","e",{}])"), make_frame(opcode::text, "[2]")};
  const auto answer = json::parse(poll_answer(200, "tok", messages));
  CHECK(answer == json{{"status", 200}, {"token", "tok"}, {"messages", {R"(["1","2","t\"","e",{}])", "[2]"}}});
  CHECK(json::parse(poll_answer(204, "tok", {}))
        == json{{"status", 204}, {"token", "tok"}, {"messages", json::array()}});
}

TEST_CASE("longpoll body: other answers have a status and the positions of refused messages") {
  CHECK(status_answer(410) == R"({"status":410})");
  const size_t refused[] = {0, 7};
  CHECK(status_answer(400, refused) == R"({"status":400,"refused":[0,7]})");
}

TEST_CASE("longpoll body: a batch that is too long is answered with how many messages were handled") {
  CHECK(batch_too_long_answer({}) == R"({"status":413,"handled":100,"max_messages":100})");
  const size_t refused[] = {3};
  CHECK(json::parse(batch_too_long_answer(refused))["refused"] == json::array({3}));
}

TEST_CASE("longpoll body: a refusal is 403, and contains the true status, and the body where JSON can hold it") {
  CHECK(refusal_answer(402, "pay first") == R"({"status":403,"refused_with":402,"body":"pay first"})");
  CHECK(refusal_answer(402, R"({"a":"ä"})") == R"({"status":403,"refused_with":402,"body":"{\"a\":\"ä\"}"})");
  CHECK(refusal_answer(402, "") == R"({"status":403,"refused_with":402})");
  CHECK(refusal_answer(403, "") == R"({"status":403})");
  CHECK(refusal_answer(402, "\xC3\x28") == R"({"status":403,"refused_with":402})");
}

TEST_CASE("longpoll body: binary messages become texts with the same content") {
  const auto data = payload::binary(std::string{"\x00\x01\xff", 3});
  const json bytes{{"base64", "AAH/"}};
  const auto as_text = [](const frame_ptr& x) {
    REQUIRE(x->kind() == opcode::binary);
    return json::parse(text_of_binary(x->body()));
  };
  auto& v2 = serializer_v2();
  CHECK(as_text(v2.push("\"1\"", "room:ä", "e", data)) == json::array({"1", nullptr, "room:ä", "e", bytes}));
  CHECK(as_text(v2.reply("\"1\"", "\"2\"", "\"t\"", "ok", data))
        == json::array({"1", "2", "t", "phx_reply", {{"response", bytes}, {"status", "ok"}}}));
  CHECK(as_text(v2.reply("null", "null", "\"t\"", "error", data))
        == json::array({nullptr, nullptr, "t", "phx_reply", {{"response", bytes}, {"status", "error"}}}));
  CHECK(as_text(v2.broadcast("t", "e", data)) == json::array({nullptr, nullptr, "t", "e", bytes}));
}
