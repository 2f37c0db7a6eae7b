#include <doctest/doctest.h>

#include "apps/bench/message.hpp"

using namespace bennu::bench;

TEST_CASE("bench framing: a written frame of any length can be read, masked or not") {
  for (const size_t size : {0, 1, 125, 126, 127, 65535, 65536, 100'000}) {
    const std::string payload(size, 'x');
    for (const bool masked : {false, true}) {
      std::string wire;
      (masked ? append_masked : append_unmasked)(wire, text_frame, payload);
      const auto whole = wire.size();
      wire += "next";
      const auto frame = next_frame(wire.data(), wire.size());
      REQUIRE(frame);
      CHECK(frame->opcode == text_frame);
      CHECK(frame->payload == payload);
      CHECK(frame->size == whole);
    }
  }
}

TEST_CASE("bench framing: an incomplete frame is not read") {
  std::string wire;
  append_unmasked(wire, text_frame, std::string(200, 'x'));
  for (size_t size = 0; size < wire.size(); ++size)
    REQUIRE_FALSE(next_frame(wire.data(), size));
}

TEST_CASE("bench framing: the accept value of the example in RFC 6455 is right") {
  CHECK(accept_of("dGhlIHNhbXBsZSBub25jZQ==") == "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=");
}
