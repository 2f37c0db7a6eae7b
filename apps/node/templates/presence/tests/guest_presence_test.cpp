#include "guest_presence.hpp"

#include <memory>

#include <bennu/actors/node.hpp>
#include <bennu/testing/channel_case.hpp>
#include <doctest/doctest.h>

#include "user_socket.hpp"

namespace {

bennu::channel_case_options with_guest() {
  return {.prepare = [](bennu::node& home) { home.presences().handle_with(std::make_shared<guest_presence>()); }};
}

} // namespace

TEST_CASE("guest presence: each presence has the name to show") {
  bennu::channel_case test{bennu::endpoint{"/socket"}.serve<user_socket>(), with_guest()};
  auto ann = test.track("room:lobby", "ann", {{"status", "away"}});
  const auto present = test.presence("room:lobby");
  CHECK(present["ann"]["guest"]["name"] == "ann");
  CHECK(present["ann"]["metas"][0]["status"] == "away");
}

TEST_CASE("guest presence: nobody is there after the last has left") {
  bennu::channel_case test{bennu::endpoint{"/socket"}.serve<user_socket>(), with_guest()};
  test.track("room:lobby", "ann").leave();
  CHECK(test.presence("room:lobby").empty());
}
