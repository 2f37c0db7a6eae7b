#include "tests/wire/client.hpp"
#include "tests/wire/lab.hpp"

using namespace bennu::test;

namespace {

client_options own_socket() {
  return {.socket = "/own", .port = lab_port()};
}

} // namespace

CLAIM_V2("own serializer: it serves both transports, and what it fails to do ends its own connection alone") {
  client bob{Way::value, own_socket()};
  const std::string topic = std::string{"echo:own-"} + bob.transport();
  bob.join(topic);
  for (const auto* event : {"throw in decode", "a body that is no JSON"}) {
    client ann{Way::value, own_socket()};
    const auto join_ref = ann.join(topic);
    const auto ref = ann.push(topic, "echo", {{"x", 1}});
    CHECK(ann.next() == ann.replied(join_ref, ref, topic, "ok", {{"x", 1}}));
    ann.push(topic, event);
    CHECK(ann.ended_with(1011));
  }
  for (const auto* wish : {"throw in encode", "text that is no UTF-8"}) {
    client ann{Way::value, own_socket()};
    ann.join(topic);
    ann.push(topic, "echo", wish);
    CHECK(ann.ended_with(1011));
  }
  bob.push(topic, "shout", {{"x", 2}});
  CHECK(bob.next() == bob.broadcasted(topic, "shout", {{"x", 2}}));
}

CLAIM_V2("own serializer: it encodes the positions of a topic with history, and its client misses nothing") {
  const std::string topic = std::string{"log:own-"} + (Way::value.transport == over::websocket ? "w" : "p");
  client bob{Way::value, own_socket()};
  bob.join(topic);
  json position;
  const auto got = [&](client& x, int n) {
    const auto message = x.next();
    position = message.at(1);
    CHECK(message == json{nullptr, position, topic, "shout", {{"n", n}}});
    CHECK(position.get<std::string>().starts_with("@"));
  };
  {
    client ann{Way::value, own_socket()};
    ann.join(topic);
    bob.push(topic, "shout", {{"n", 1}});
    got(ann, 1);
  }
  const auto since = position;
  got(bob, 1);
  bob.push(topic, "shout", {{"n", 2}});
  got(bob, 2);
  client ann{Way::value, own_socket()};
  ann.send_as("1", "1", topic, "phx_join", {{"since", since}});
  CHECK(ann.payload_of(ann.next()).at("response").at("history").at("recovered") == true);
  got(ann, 2);
  const auto join_ref = "1";
  ann.send_as(join_ref, "2", topic, "phx_leave");
  CHECK(ann.next() == ann.replied(join_ref, "2", topic, "ok"));
  CHECK(ann.next() == ann.closed(join_ref, topic));
}

CLAIM_V2("own serializer: its binary message arrives unchanged, over long polling in base64") {
  client ann{Way::value, own_socket()};
  const auto join_ref = ann.join("echo:bytes");
  CHECK(join_ref == "1");
  const std::string bytes{"\xff\x00\x01", 3};
  ann.send_binary(std::string{"\0\1\1\12\5"
                              "11echo:bytesshout",
                              5 + 1 + 1 + 10 + 5}
                  + bytes);
  if (ann.speaks().transport == over::websocket)
    CHECK(ann.frames().next_binary() == bytes);
  else
    CHECK(ann.next_text() == "/wAB");
}
