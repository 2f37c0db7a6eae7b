#include "tests/support/base64.hpp"
#include "tests/wire/client.hpp"

using namespace bennu::test;

namespace {

/// A client's binary push: kind 0, the sizes, the fields, the data.
std::string push_frame(std::string_view join_ref, std::string_view ref, std::string_view topic, std::string_view event,
                       std::string_view data) {
  std::string result(1, '\0');
  for (const auto field : {join_ref, ref, topic, event})
    result += static_cast<char>(field.size());
  for (const auto field : {join_ref, ref, topic, event, data})
    result += field;
  return result;
}

/// The server's frame of `kind` with these fields and `data`.
std::string frame(char kind, std::initializer_list<std::string_view> fields, std::string_view data) {
  std::string result(1, kind);
  for (const auto field : fields)
    result += static_cast<char>(field.size());
  for (const auto field : fields)
    result += field;
  return result += data;
}

json bytes(std::string_view data) {
  return {{"base64", base64(data)}};
}

const std::string data{"\x00\x01\xFE\xFF", 4};

} // namespace

TEST_CASE("binary frames: push = kind 0 without a ref, reply = 1, broadcast = 2") {
  websocket_client ann;
  ann.send_text(R"(["7","7","echo:binary","phx_join",{}])");
  ann.next_text();
  ann.send_binary(push_frame("7", "1", "echo:binary", "echo", data));
  CHECK(ann.next_binary() == frame(1, {"7", "1", "echo:binary", "ok"}, data));
  ann.send_binary(push_frame("7", "2", "echo:binary", "error", data));
  CHECK(ann.next_binary() == frame(1, {"7", "2", "echo:binary", "error"}, data));
  ann.send_binary(push_frame("7", "3", "echo:binary", "push", data));
  CHECK(ann.next_binary() == frame(0, {"7", "echo:binary", "pushed"}, data));
  ann.send_binary(push_frame("7", "4", "echo:binary", "shout", data));
  CHECK(ann.next_binary() == frame(2, {"echo:binary", "shout"}, data));
}

TEST_CASE("binary_event of a room: two bytes are pushed, then the data and two bytes more are the reply") {
  websocket_client ann;
  ann.send_text(R"(["7","7","room:binary","phx_join",{"user":"ann"}])");
  for (int i = 0; i < 3; ++i)
    ann.next_text(); // the reply, user_entered, joined
  ann.send_binary(push_frame("7", "1", "room:binary", "binary_event", data));
  CHECK(ann.next_binary() == frame(0, {"7", "room:binary", "binary_event"}, {"\x00\x01", 2}));
  CHECK(ann.next_binary() == frame(1, {"7", "1", "room:binary", "ok"}, data + "\x03\x04"));
}

TEST_CASE("binary join: it works, and its payload is echoed as bytes") {
  websocket_client ann;
  ann.send_binary(push_frame("7", "7", "echo:joined", "phx_join", data));
  CHECK(ann.next_binary() == frame(1, {"7", "7", "echo:joined", "ok"}, data));
}

CLAIM_V2("binary phx_leave and heartbeat: they work") {
  client ann{Way::value};
  const auto join_ref = ann.join("echo:a");
  ann.send_binary(push_frame(join_ref, "2", "echo:a", "phx_leave", ""));
  CHECK(ann.next() == ann.replied(join_ref, "2", "echo:a", "ok"));
  CHECK(ann.next() == ann.closed(join_ref, "echo:a"));
  ann.send_binary(push_frame("", "3", "phoenix", "heartbeat", ""));
  CHECK(ann.next() == ann.replied(nullptr, "3", "phoenix", "ok"));
}

CLAIM_V2("binary frame: an empty join_ref is \"\", not null") {
  client ann{Way::value};
  ann.send_binary(push_frame("", "5", "room:empty", "phx_join", ""));
  CHECK(ann.next() == ann.replied("", "5", "room:empty", "ok"));
  ann.next(); // user_entered
  CHECK(ann.next()[0] == "");
  ann.send_as("other", "6", "room:empty", "new_msg"); // another join_ref: ignored
  CHECK(ann.hears_nothing());
}

TEST_CASE("better: a binary message reaches a long-polling client in a readable form, in order") {
  client ann{v2_longpoll::value};
  const auto join_ref = ann.join("echo:poll");
  for (const auto* event : {"echo", "error", "push", "shout"})
    ann.send_binary(push_frame(join_ref, event, "echo:poll", event, data));
  ann.push("echo:poll", "shout", "text");
  CHECK(ann.next() == ann.replied(join_ref, "echo", "echo:poll", "ok", bytes(data)));
  CHECK(ann.next() == ann.replied(join_ref, "error", "echo:poll", "error", bytes(data)));
  CHECK(ann.next() == ann.pushed(join_ref, "echo:poll", "pushed", bytes(data)));
  CHECK(ann.next() == ann.broadcasted("echo:poll", "shout", bytes(data)));
  CHECK(ann.next() == ann.broadcasted("echo:poll", "shout", "text"));
}

TEST_CASE("better: a long-polling client's binary join is echoed, and a room's binary_event is pushed and replied") {
  client ann{v2_longpoll::value};
  ann.send_binary(push_frame("7", "7", "echo:joined", "phx_join", data));
  CHECK(ann.next() == ann.replied("7", "7", "echo:joined", "ok", bytes(data)));
  const auto join_ref = ann.join("room:poll", {{"user", "ann"}});
  ann.next(); // user_entered
  ann.next(); // joined
  ann.send_binary(push_frame(join_ref, "9", "room:poll", "binary_event", data));
  CHECK(ann.next() == ann.pushed(join_ref, "room:poll", "binary_event", bytes({"\x00\x01", 2})));
  CHECK(ann.next() == ann.replied(join_ref, "9", "room:poll", "ok", bytes(data + "\x03\x04")));
}

TEST_CASE("longpoll: one batch holds text and binary messages, one per line, the binary ones in base64") {
  client ann{v2_longpoll::value};
  ann.send_text(base64(push_frame("", "6", "phoenix", "heartbeat", "")) + "\n"
                + base64(push_frame("7", "7", "echo:batch", "phx_join", "")) + "\n"
                + ann.encoded("7", "8", "echo:batch", "echo", "1") + "\n"
                + base64(push_frame("7", "9", "echo:batch", "echo", data)) + "\n"
                + base64(push_frame("7", "10", "echo:batch", "phx_leave", "")));
  CHECK(ann.next() == ann.replied(nullptr, "6", "phoenix", "ok"));
  CHECK(ann.next() == ann.replied("7", "7", "echo:batch", "ok", bytes("")));
  CHECK(ann.next() == ann.replied("7", "8", "echo:batch", "ok", 1));
  CHECK(ann.next() == ann.replied("7", "9", "echo:batch", "ok", bytes(data)));
  CHECK(ann.next() == ann.replied("7", "10", "echo:batch", "ok"));
  CHECK(ann.next() == ann.closed("7", "echo:batch"));
}

// The v1 serializer of Phoenix has no binary payloads: a broadcast of one crashes its channel.
CLAIM_V1("better: a binary broadcast reaches a v1 client in a readable form") {
  client ann{Way::value};
  client bob{v2_websocket::value};
  ann.join("echo:mixed");
  const auto join_ref = bob.join("echo:mixed");
  bob.send_binary(push_frame(join_ref, "9", "echo:mixed", "whisper", data));
  CHECK(ann.next() == ann.broadcasted("echo:mixed", "whisper", bytes(data)));
  CHECK(bob.hears_nothing());
}
