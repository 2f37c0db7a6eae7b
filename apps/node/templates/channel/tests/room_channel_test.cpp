#include "room_channel.hpp"

#include <bennu/testing/channel_case.hpp>
#include <doctest/doctest.h>

#include "user_socket.hpp"

// A test needs no server and waits for nothing: everything that follows from a push has happened when `push` returns.

namespace {

bennu::endpoint with_room() {
  return bennu::endpoint{"/socket"}.serve<user_socket>().channel<room_channel>("room:*");
}

} // namespace

TEST_CASE("room: everybody on the topic receives a new message") {
  bennu::channel_case test{with_room()};
  auto ann = test.connect().join("room:lobby", {{"user", "ann"}});
  auto bob = test.connect().join("room:lobby", {{"user", "bob"}});
  ann.expect_reply(ann.push("new_msg", {{"body", "hi"}}), "ok");
  ann.expect_received("new_msg", {{"user", "ann"}, {"body", "hi"}});
  bob.expect_received("new_msg", {{"user", "ann"}, {"body", "hi"}});
}

TEST_CASE("room: nobody on another topic receives it") {
  bennu::channel_case test{with_room()};
  auto ann = test.connect().join("room:lobby", {{"user", "ann"}});
  auto bob = test.connect().join("room:kitchen", {{"user", "bob"}});
  ann.push("new_msg", {{"body", "hi"}});
  bob.expect_not_received("new_msg");
}

TEST_CASE("room: a client without a name cannot join") {
  bennu::channel_case test{with_room()};
  const auto refused = test.connect().try_join("room:lobby");
  CHECK(refused.status == "error");
  CHECK(refused.response["reason"] == "user: a name is missing");
}

TEST_CASE("room: a message without a text is refused") {
  bennu::channel_case test{with_room()};
  auto ann = test.connect().join("room:lobby", {{"user", "ann"}});
  ann.expect_reply(ann.push("new_msg"), "error", {{"reason", "body: a text is missing"}});
}

TEST_CASE("room: a channel that crashes restarts, and its client stays on the topic") {
  bennu::channel_case test{with_room()};
  auto ann = test.connect().join("room:lobby", {{"user", "ann"}});
  test.crash(ann);
  test.expect_restarted(ann);
  ann.expect_reply(ann.push("new_msg", {{"body", "still here"}}), "ok");
}
