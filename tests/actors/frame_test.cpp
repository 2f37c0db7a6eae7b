#include <doctest/doctest.h>

#include "actors/wire/frame.hpp"

using namespace bennu;
using namespace bennu::engine;
using namespace std::string_literals;

TEST_CASE("frame: the header has the shortest form of the length (RFC 6455)") {
  CHECK(make_frame(opcode::text, "hi")->wire() == "\x81\x02hi");
  CHECK(make_frame(opcode::close, "")->wire() == "\x88\0"s);
  CHECK(make_frame(opcode::binary, std::string(125, 'x'))->wire().substr(0, 2) == "\x82\x7d");
  CHECK(make_frame(opcode::binary, std::string(126, 'x'))->wire().substr(0, 4) == "\x82\x7e\0\x7e"s);
  CHECK(make_frame(opcode::binary, std::string(65'535, 'x'))->wire().substr(0, 4) == "\x82\x7e\xff\xff");
  CHECK(make_frame(opcode::binary, std::string(65'536, 'x'))->wire().substr(0, 10) == "\x82\x7f\0\0\0\0\0\x01\0\0"s);
}

TEST_CASE("frame: the body is the concatenation of its parts") {
  const auto x = make_frame(opcode::text, {"a", "", "bc", "d"});
  CHECK(x->body() == "abcd");
  CHECK(x->wire()
        == "\x81\x04"
           "abcd");
  CHECK(x->footprint() == sizeof(frame) + 6);
}
