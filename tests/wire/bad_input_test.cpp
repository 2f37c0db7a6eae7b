#include "tests/wire/client.hpp"

using namespace bennu::test;

namespace {

/// A malformed message is closed with an empty reason.
const close_told makes_no_sense{1011, ""};

/// 8 MiB, the default.
constexpr size_t most_bytes = 8'388'608;

/// A heartbeat of this size.
std::string heartbeat_of(const client& who, size_t size) {
  auto result = who.encoded(nullptr, "1", "phoenix", "heartbeat");
  result.resize(size, ' ');
  return result;
}

} // namespace

TEST_CASE("bad JSON, an object, a short array, an empty frame: close 1011 with an empty reason") {
  for (const auto* text : {"{", "{}", "[]", "", "nonsense", R"(["1","1","echo:a","phx_join"])",
                           R"(["1","1","echo:a","phx_join",{})", R"(["1","1","echo:a","phx_join",{"x":1e400}])"}) {
    CAPTURE(text);
    websocket_client ann;
    ann.send_text(text);
    CHECK(ann.close() == makes_no_sense);
  }
}

TEST_CASE("v1: a missing field, an array, bad JSON, an empty frame: close 1011 with an empty reason") {
  for (const auto* text :
       {"{", "[]", "", R"(["1","1","echo:a","phx_join",{}])", R"({"topic":"echo:a","event":"phx_join","payload":{}})",
        R"({"topic":"echo:a","event":"phx_join","ref":"1"})", R"({"topic":"echo:a","payload":{},"ref":"1"})",
        R"({"event":"phx_join","payload":{},"ref":"1"})"}) {
    CAPTURE(text);
    websocket_client ann{{.query = "vsn=1.0.0"}};
    ann.send_text(text);
    CHECK(ann.close() == makes_no_sense);
  }
}

CLAIM_V2("a sixth element is ignored") {
  client ann{Way::value};
  ann.send_text(R"(["1","1","echo:a","phx_join",{},"more"])");
  CHECK(ann.next() == ann.replied("1", "1", "echo:a", "ok"));
}

CLAIM_WEBSOCKET("malformed or empty binary: close 1011 with an empty reason") {
  for (const auto& bytes : {std::string{}, std::string{"\x00", 1}, std::string{"\x00\xFF\xFF\xFF\xFF", 5},
                            std::string{"\x07\x01\x01\x01\x01xxxx", 9}}) {
    client ann{Way::value};
    ann.send_binary(bytes);
    CHECK(ann.frames().close() == makes_no_sense);
  }
}

CLAIM_WEBSOCKET("invalid UTF-8 text: close 1007") {
  client ann{Way::value};
  ann.send_text("\xC3\x28");
  CHECK(ann.ended_with(1007));
  client split{Way::value}; // the message ends within a character
  split.frames().send_frame(1, "\"\xC3", false);
  split.frames().send_frame(0, "");
  CHECK(split.ended_with(1007));
}

CLAIM_WEBSOCKET("protocol violation: close 1002") {
  client reserved{Way::value};
  reserved.frames().send_frame(3, "reserved");
  CHECK(reserved.ended_with(1002));
  client unmasked{Way::value};
  unmasked.frames().send_bytes("\x81\x02hi");
  CHECK(unmasked.ended_with(1002));
  client compressed{Way::value};
  compressed.frames().send_bytes({"\xC1\x80\0\0\0\0", 6}); // RSV1 without permessage-deflate
  CHECK(compressed.ended_with(1002));
  client continues{Way::value};
  continues.frames().send_frame(0, "nothing");
  CHECK(continues.ended_with(1002));
}

CLAIM_WEBSOCKET("a message of 8 MiB passes, one of a byte more: close 1009") {
  client ann{Way::value};
  ann.send_text(heartbeat_of(ann, most_bytes));
  CHECK(ann.next() == ann.replied(nullptr, "1", "phoenix", "ok"));
  ann.send_text(heartbeat_of(ann, most_bytes + 1));
  CHECK(ann.ended_with(1009));
}

CLAIM_WEBSOCKET("a message of 8 MiB in fragments passes, one of a byte more: close 1009") {
  client ann{Way::value};
  for (const auto size : {most_bytes, most_bytes + 1}) {
    const auto text = heartbeat_of(ann, size);
    for (size_t i = 0; i < 9; ++i)
      ann.frames().send_frame(i == 0 ? 1 : 0, text.substr(i * 1'000'000, 1'000'000), i == 8);
    if (size == most_bytes)
      CHECK(ann.next() == ann.replied(nullptr, "1", "phoenix", "ok"));
  }
  CHECK(ann.ended_with(1009));
}

CLAIM_WEBSOCKET(
  "fragments: a message in pieces, with a ping and a pong between, is one message; a ping's payload comes back") {
  client ann{Way::value};
  const auto join = ann.encoded("1", "1", "echo:a", "phx_join", R"({"x":1})");
  ann.frames().send_frame(1, join.substr(0, 5), false);
  ann.frames().send_frame(9, "are you there");
  ann.frames().send_frame(0, join.substr(5, 7), false);
  ann.frames().send_frame(10, "here I am");
  ann.frames().send_frame(0, join.substr(12));
  const auto pong = ann.frames().next();
  CHECK(pong.opcode == 10);
  CHECK(pong.payload == "are you there");
  CHECK(ann.next() == ann.replied("1", "1", "echo:a", "ok", {{"x", 1}}));
}

TEST_CASE("one client's malformed frame does not affect other clients") {
  client good{v2_websocket::value};
  websocket_client bad;
  good.join("echo:good");
  bad.send_text("{");
  CHECK(bad.close_code() == 1011);
  CHECK(good.hears_nothing());
}

CLAIM_WEBSOCKET("messages before a malformed one are answered before the close") {
  client ann{Way::value};
  ann.send_as(nullptr, "1", "phoenix", "heartbeat");
  ann.send_as("2", "2", "echo:a", "phx_join");
  ann.send_as("3", "3", "nowhere", "hello");
  ann.send_text("nonsense");
  ann.send_as(nullptr, "4", "phoenix", "heartbeat");
  CHECK(ann.next() == ann.replied(nullptr, "1", "phoenix", "ok"));
  CHECK(ann.next() == ann.replied("2", "2", "echo:a", "ok"));
  CHECK(ann.next() == ann.refused(nullptr, "3", "nowhere", "unmatched topic"));
  CHECK(ann.frames().close() == makes_no_sense);
}
