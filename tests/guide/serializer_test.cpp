#include <string>

#include <doctest/doctest.h>
#include <nlohmann/json.hpp>

#include "tests/guide/realtime_serializer.hpp"

using namespace realtime;
using namespace std::string_literals;

namespace {

bennu::socket_message decoded(std::string_view bytes) {
  const auto found = realtime_serializer{}.decode(true, bytes);
  return std::get<bennu::socket_message>(found);
}

} // namespace

TEST_CASE("guide: the serializer reads a broadcast of JSON") {
  const auto x = decoded("\3\1\1\5\3\0\1"s + "12room1msg" + R"({"x":1})");
  CHECK(x.join_ref == "1");
  CHECK(x.ref == "2");
  CHECK(x.topic == "room1");
  CHECK(x.event == "broadcast");
  CHECK(x.body.value() == json{{"type", "broadcast"}, {"event", "msg"}, {"payload", {{"x", 1}}}});
}

TEST_CASE("guide: the serializer turns a broadcast of bytes into the frame that the client reads") {
  const auto x = decoded("\3\0\0\5\3\2\0"s + "room1msg{}" + "\xff\0"s);
  CHECK(x.join_ref.is_null());
  CHECK(x.body == bytes_of("msg", "\xff\0"s));
  const auto back = realtime_serializer{}.encode({nullptr, nullptr, "room1", "broadcast", x.body, {}});
  REQUIRE(back);
  CHECK(back->is_binary);
  CHECK(back->bytes == "\4\5\3\0\0"s + "room1msg" + "\xff\0"s);
  CHECK_FALSE(realtime_serializer{}.encode({nullptr, nullptr, "room1", "other", x.body, {}}));
}

TEST_CASE("guide: the serializer refuses every frame that is cut off, of another kind, or not UTF-8") {
  const auto whole = "\3\1\1\5\3\0\1"s + "12room1msg" + R"({"x":1})";
  for (size_t size = 0; size < whole.size(); ++size)
    CHECK(realtime_serializer{}.decode(true, whole.substr(0, size)).index() == 1);
  CHECK(realtime_serializer{}.decode(true, "\4"s + whole.substr(1)).index() == 1);
  CHECK(realtime_serializer{}.decode(true, "\3\1\1\5\3\0\1"s + "12room\xffmsg{}").index() == 1);
  CHECK(realtime_serializer{}.decode(false, "[").index() == 1);
}
