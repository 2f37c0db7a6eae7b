#include "transport/websocket/deflate.hpp"

#include <doctest/doctest.h>
#include <rapidcheck.h>

using namespace bennu;
using namespace bennu::engine;

TEST_CASE("deflate: what was compressed is what is decompressed, whatever it is") {
  deflate x;
  rc::check([&](const std::string& text) {
    const auto frame = make_frame(opcode::text, text + std::string(300, 'x'));
    const auto small = x.compressed(frame);
    RC_ASSERT(small != frame);
    RC_ASSERT(small->body().size() < frame->body().size());
    RC_ASSERT((static_cast<unsigned char>(small->wire()[0]) & 0x40U) != 0);
    const auto back = x.decompressed(small->body(), 1 << 20);
    RC_ASSERT(!back.failed);
    RC_ASSERT(back.message == frame->body());
  });
}

TEST_CASE("deflate: the frame asked for last is compressed once") {
  deflate x;
  const auto frame = make_frame(opcode::text, std::string(1'000, 'x'));
  CHECK(x.compressed(frame) == x.compressed(frame));
}

TEST_CASE("deflate: a message stops at the limit, nonsense is refused, and neither harms the next") {
  deflate x;
  const auto bomb = x.compressed(make_frame(opcode::text, std::string(1'000'000, 'x')));
  CHECK(x.decompressed(bomb->body(), 999'999).failed == deflate::problem::too_big);
  CHECK(x.decompressed("\xFF\xFF", 1'000).failed == deflate::problem::malformed);
  CHECK(x.decompressed(bomb->body(), 1'000'000).message.size() == 1'000'000);
}
