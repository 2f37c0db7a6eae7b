#include "transport/websocket/codec.hpp"

#include <string>

#include <doctest/doctest.h>

using bennu::engine::byte_buffer;

TEST_CASE("byte_buffer: keeps what arrives in order, within twice its size, and no memory when it is empty") {
  byte_buffer buffer;
  std::string expected;
  CHECK(buffer.capacity() == 0);
  for (size_t i = 0; i < 2000; ++i) {
    const std::string piece(i % 97, static_cast<char>('a' + i % 26));
    buffer.append(piece);
    expected += piece;
    REQUIRE(buffer.capacity() >= buffer.size());
    REQUIRE(buffer.capacity() <= 64 + 2 * expected.size());
  }
  CHECK(buffer.view() == expected);
  buffer.shorten(10);
  CHECK(buffer.view() == expected.substr(0, 10));
  buffer.append("more");
  CHECK(buffer.view() == expected.substr(0, 10) + "more");
  buffer.shorten(100);
  CHECK(buffer.size() == 14);
  buffer.shorten(0);
  CHECK(buffer.empty());
  CHECK(buffer.capacity() == 0);
}
