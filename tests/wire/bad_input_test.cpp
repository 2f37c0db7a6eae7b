#include "tests/wire/client.hpp"

using namespace bennu::test;

TEST_CASE("bad JSON, an object, a short array, an empty frame: close 1011 with an empty reason") {
  for (const auto* text : {"{", "{}", "[]", "", "nonsense", R"(["1","1","echo:a","phx_join"])",
                           R"(["1","1","echo:a","phx_join",{})", R"(["1","1","echo:a","phx_join",{"x":1e400}])"}) {
    CAPTURE(text);
    websocket_client ann;
    ann.send_text(text);
    const auto close = ann.next();
    CHECK(close.opcode == 8);
    CHECK(close.payload == "\x03\xF3"); // 1011
  }
}

TEST_CASE("v1: a missing field, an array, bad JSON: close 1011") {
  for (const auto* text :
       {"{", "[]", "", R"(["1","1","echo:a","phx_join",{}])", R"({"topic":"echo:a","event":"phx_join","payload":{}})",
        R"({"topic":"echo:a","event":"phx_join","ref":"1"})", R"({"topic":"echo:a","payload":{},"ref":"1"})",
        R"({"event":"phx_join","payload":{},"ref":"1"})"}) {
    CAPTURE(text);
    websocket_client ann{{.query = "vsn=1.0.0"}};
    ann.send_text(text);
    CHECK(ann.close_code() == 1011);
  }
}

TEST_CASE("a sixth element is ignored") {
  client ann{v2_websocket::value};
  ann.send_text(R"(["1","1","echo:a","phx_join",{},"more"])");
  CHECK(ann.next() == ann.replied("1", "1", "echo:a", "ok"));
}

TEST_CASE("malformed or empty binary: close 1011") {
  for (const auto& bytes : {std::string{}, std::string{"\x00", 1}, std::string{"\x00\xFF\xFF\xFF\xFF", 5},
                            std::string{"\x07\x01\x01\x01\x01xxxx", 9}}) {
    websocket_client ann;
    ann.send_binary(bytes);
    CHECK(ann.close_code() == 1011);
  }
}

TEST_CASE("invalid UTF-8 text: close 1007, in both serializers") {
  for (const auto* vsn : {"vsn=1.0.0", "vsn=2.0.0"}) {
    websocket_client ann{{.query = vsn}};
    ann.send_text("\xC3\x28");
    CHECK(ann.close_code() == 1007);
  }
}

TEST_CASE("protocol violation: close 1002") {
  websocket_client reserved;
  reserved.send_frame(3, "reserved");
  CHECK(reserved.close_code() == 1002);
  websocket_client unmasked;
  unmasked.send_bytes("\x81\x02hi");
  CHECK(unmasked.close_code() == 1002);
  websocket_client compressed;
  compressed.send_bytes({"\xC1\x80\0\0\0\0", 6}); // RSV1 without permessage-deflate
  CHECK(compressed.close_code() == 1002);
}

TEST_CASE("a message over the limit: close 1009") {
  websocket_client ann;
  for (int i = 0; i < 9; ++i)
    ann.send_frame(i == 0 ? 1 : 0, std::string(999'999, 'x'), i == 8);
  CHECK(ann.close_code() == 1009);
}

TEST_CASE(
  "fragments: a message in pieces, with a ping between them, is one message; the pong carries the ping's payload") {
  websocket_client ann;
  ann.send_frame(1, R"(["1","1","echo:a",)", false);
  ann.send_frame(9, "are you there");
  ann.send_frame(0, R"("phx_join",{}])");
  const auto pong = ann.next();
  CHECK(pong.opcode == 10);
  CHECK(pong.payload == "are you there");
  CHECK(json::parse(ann.next_text())[3] == "phx_reply");
}

TEST_CASE("one client's bad frame disturbs nobody else") {
  client good{v2_websocket::value};
  websocket_client bad;
  good.join("echo:good");
  bad.send_text("{");
  CHECK(bad.close_code() == 1011);
  CHECK(good.hears_nothing());
}
