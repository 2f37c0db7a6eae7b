#include <doctest/doctest.h>

#include "tests/wire/wire_client.hpp"

using namespace bennu::test;

TEST_CASE("wire: what is no frame closes the connection with 1011 and no reason") {
  for (const auto* text : {"{", "{}", "[]", "", "nonsense", R"(["1","1","echo:a","phx_join"])",
                           R"(["1","1","echo:a","phx_join",{})", R"(["1","1","echo:a","phx_join",{"x":1e400}])"}) {
    CAPTURE(text);
    wire_client client;
    client.send_text(text);
    const auto close = client.next_raw();
    CHECK(close.opcode == 8);
    CHECK(close.payload == "\x03\xF3"); // 1011
  }
}

TEST_CASE("wire: a sixth element is ignored") {
  wire_client client;
  client.send(json::array({"1", "1", "echo:a", "phx_join", json::object(), "more"}));
  CHECK(client.next() == reply("1", "1", "echo:a", "ok"));
}

TEST_CASE("wire: an event that is no string is one that nobody handles") {
  wire_client client;
  const auto odd = json::array({"1", "7", "echo:a", 5, json::object()});
  client.send(odd);
  CHECK(client.next() == error_reply(nullptr, "7", "echo:a", "unmatched topic"));
  client.join("echo:a");
  client.send(odd);
  CHECK(client.next() == crashed("1", "echo:a"));
}

TEST_CASE("wire: malformed and empty binary frames close with 1011") {
  for (const auto& bytes : {std::string{}, std::string{"\x00", 1}, std::string{"\x00\xFF\xFF\xFF\xFF", 5},
                            std::string{"\x07\x01\x01\x01\x01xxxx", 9}}) {
    wire_client client;
    client.send_binary(bytes);
    CHECK(client.close_code() == 1011);
  }
}

TEST_CASE("wire: text that is not UTF-8 closes with 1007") {
  wire_client client;
  client.send_text("\xC3\x28");
  CHECK(client.close_code() == 1007);
}

TEST_CASE("wire: a protocol violation closes with 1002") {
  wire_client client;
  client.send_frame(3, "reserved");
  CHECK(client.close_code() == 1002);
}

TEST_CASE("wire: a message over the limit closes with 1009") {
  wire_client client;
  for (int i = 0; i < 9; ++i)
    client.send_frame(i == 0 ? 1 : 0, std::string(999'999, 'x'), i == 8);
  CHECK(client.close_code() == 1009);
}

TEST_CASE("wire: a message in fragments, with a ping between them, is one message") {
  wire_client client;
  client.send_frame(1, R"(["1","1","echo:a",)", false);
  client.send_frame(9, "are you there");
  client.send_frame(0, R"("phx_join",{}])");
  const auto pong = client.next_raw();
  CHECK(pong.opcode == 10);
  CHECK(pong.payload == "are you there");
  CHECK(client.next() == reply("1", "1", "echo:a", "ok"));
}

TEST_CASE("wire: one client's bad frame disturbs nobody else") {
  wire_client good, bad;
  good.join("echo:good");
  bad.send_text("{");
  CHECK(bad.close_code() == 1011);
  CHECK(good.hears_nothing());
}
