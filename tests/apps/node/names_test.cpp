#include "apps/node/names.hpp"

#include <stdexcept>
#include <string>

#include <doctest/doctest.h>

using namespace bennu::node_program;

TEST_CASE("bennu-node names: a part has the same name however it is written") {
  for (const auto* name : {"ChatRoom", "chat_room", "ChatRoomChannel", "chat_room_channel", "chatRoom"})
    CHECK(part_name(name, "channel") == "chat_room");
  CHECK(part_name("HTTPRoom2", "channel") == "http_room2");
  CHECK(part_name("X", "socket") == "x");
  CHECK(part_name("RoomSocket", "channel") == "room_socket"); // only its own kind is left out
}

TEST_CASE("bennu-node names: what is no name of C++ is refused, and the text says what is allowed") {
  for (const auto* name :
       {"", "2nd", "a b", "a-b", "../room", "a__b", "room_", "_room", "Rööm", "channel", "a;b", "a\nb"}) {
    CAPTURE(name);
    CHECK_THROWS_WITH_AS(part_name(name, "channel"), doctest::Contains("such as ChatRoom or chat_room"),
                         std::invalid_argument);
  }
  CHECK_THROWS_AS(part_name(std::string(65, 'a'), "channel"), std::invalid_argument);
  CHECK(part_name(std::string(64, 'a'), "channel").size() == 64);
}

TEST_CASE("bennu-node names: an application has a name that folders, programs and CMake accept") {
  CHECK(app_name("web_shop2") == "web_shop2");
  for (const auto* name : {"", "Shop", "web-shop", "2shop", "/tmp", "..", "shop_", "a__b"})
    CHECK_THROWS_WITH_AS(app_name(name), doctest::Contains("such as web_shop"), std::invalid_argument);
  for (const auto* name : {"test", "install", "all", "bennu", "edit_cache", "rebuild_cache", "preinstall",
                           "package_source", "list_install_components"})
    CHECK_THROWS_WITH_AS(app_name(name), doctest::Contains("CMake uses it"), std::invalid_argument);
}

TEST_CASE("bennu-node names: a presence does not take the name of what clients find in each presence") {
  for (const auto* name : {"metas", "Metas", "phx_ref", "MetasPresence"})
    CHECK_THROWS_WITH_AS(part_name(name, "presence"), doctest::Contains("Phoenix uses it"), std::invalid_argument);
  CHECK(part_name("metas", "channel") == "metas");
  CHECK(part_name("meta", "presence") == "meta");
}
