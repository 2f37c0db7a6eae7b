#include "transport/websocket/deflate.hpp"

#include <doctest/doctest.h>
#include <rapidcheck.h>
#include <zlib.h>

using namespace bennu;
using namespace bennu::engine;

TEST_CASE("deflate: decompressing any compressed bytes gives the original ones") {
  engine::deflate x;
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

TEST_CASE("deflate: a small window that a client asks for is confirmed, and its messages fit it") {
  const auto terms = [](std::string offer) {
    http_request request;
    request.headers = {{"Sec-WebSocket-Extensions", std::move(offer)}};
    return accept_deflate(request);
  };
  const auto small = terms("permessage-deflate; server_max_window_bits=9");
  REQUIRE(small);
  CHECK(small->window_bits == 9);
  CHECK(small->answer.ends_with("; server_max_window_bits=9"));
  CHECK(terms("permessage-deflate")->window_bits == 15);
  CHECK(terms("permessage-deflate; server_max_window_bits=\"12\"")->window_bits == 12);
  CHECK(terms("permessage-deflate; server_max_window_bits=15")->answer.find("bits") == std::string::npos);
  for (const auto* bad : {"8", "16", "0", "09", "x", ""})
    CHECK_FALSE(terms(std::string{"permessage-deflate; server_max_window_bits="} + bad));
  CHECK_FALSE(terms("permessage-deflate; server_max_window_bits"));
  CHECK(terms("permessage-deflate; server_max_window_bits=8, permessage-deflate")->window_bits == 15);
}

TEST_CASE("deflate: a message for a window of 512 bytes can be decompressed with such a window") {
  engine::deflate x;
  std::string text;
  for (int i = 0; text.size() < 20'000; ++i)
    text += "line " + std::to_string(i % 100) + " of a text that comes again after more than 512 bytes\n";
  const auto frame = make_frame(opcode::text, text);
  const auto narrow = x.compressed(frame, 9);
  CHECK(narrow->body().size() > x.compressed(frame, 15)->body().size());
  CHECK(x.compressed(frame, 9) == narrow);
  z_stream z{};
  inflateInit2(&z, -9);
  std::string back(text.size() + 1, '\0');
  z.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(narrow->body().data()));
  z.avail_in = static_cast<uInt>(narrow->body().size());
  z.next_out = reinterpret_cast<Bytef*>(back.data());
  z.avail_out = static_cast<uInt>(back.size());
  CHECK(inflate(&z, Z_SYNC_FLUSH) == Z_OK);
  back.resize(back.size() - z.avail_out);
  inflateEnd(&z);
  CHECK(back == text);
}

TEST_CASE("deflate: asking for the same frame again does not compress it again") {
  engine::deflate x;
  const auto frame = make_frame(opcode::text, std::string(1'000, 'x'));
  CHECK(x.compressed(frame) == x.compressed(frame));
}

TEST_CASE("deflate: a message stops at the limit, nonsense is refused, and neither harms the next") {
  engine::deflate x;
  const auto bomb = x.compressed(make_frame(opcode::text, std::string(1'000'000, 'x')));
  CHECK(x.decompressed(bomb->body(), 999'999).failed == engine::deflate::problem::too_big);
  CHECK(x.decompressed("\xFF\xFF", 1'000).failed == engine::deflate::problem::malformed);
  CHECK(x.decompressed(bomb->body(), 1'000'000).message.size() == 1'000'000);
}
