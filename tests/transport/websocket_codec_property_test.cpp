#include <doctest/doctest.h>
#include <rapidcheck.h>

#include "tests/transport/websocket_wire.hpp"

using namespace bennu;
using namespace bennu::test;

namespace {

// A stream that a well-behaved client could send, with the events that it must cause.
struct scenario {
  std::string bytes;
  lines events;
};

std::string some_bytes(size_t most) {
  const auto size = *rc::gen::inRange<size_t>(0, most + 1);
  return *rc::gen::container<std::string>(size, rc::gen::arbitrary<char>());
}

std::string some_text() {
  static constexpr std::string_view parts[] = {"plain ", "\xC3\xA9", "\xE2\x82\xAC", "\xF0\x9F\x98\x80", "z"};
  std::string result;
  for (auto part : *rc::gen::container<std::vector<size_t>>(rc::gen::inRange<size_t>(0, 5)))
    result += parts[part];
  return result;
}

void add_control(scenario& x) {
  const auto payload = some_bytes(125);
  const bool ping = *rc::gen::arbitrary<bool>();
  x.bytes += client_frame{.kind = ping ? 9U : 10U, .payload = payload, .key = *rc::gen::arbitrary<uint32_t>()}.wire();
  x.events.push_back((ping ? "ping " : "pong ") + payload);
}

void add_message(scenario& x) {
  const bool is_text = *rc::gen::arbitrary<bool>();
  const auto payload = is_text ? some_text() : some_bytes(400);
  const auto fragments = *rc::gen::inRange<size_t>(1, 5);
  size_t at = 0;
  for (size_t i = 0; i < fragments; ++i) {
    const bool last = i + 1 == fragments;
    const auto size = last ? payload.size() - at : *rc::gen::inRange<size_t>(0, payload.size() - at + 1);
    x.bytes += client_frame{.kind = i > 0     ? 0U
                                    : is_text ? 1U
                                              : 2U,
                            .payload = payload.substr(at, size),
                            .final = last,
                            .key = *rc::gen::arbitrary<uint32_t>()}
                 .wire();
    at += size;
    if (!last && *rc::gen::arbitrary<bool>())
      add_control(x);
  }
  x.events.push_back((is_text ? "text " : "binary ") + payload);
}

scenario some_scenario() {
  scenario result;
  const auto count = *rc::gen::inRange(1, 8);
  for (int i = 0; i < count; ++i)
    *rc::gen::arbitrary<bool>() ? add_message(result) : add_control(result);
  return result;
}

} // namespace

TEST_CASE("codec: whatever an independent encoder writes is decoded, however it is split") {
  CHECK(rc::check([] {
    const auto x = some_scenario();
    RC_ASSERT(read_all(x.bytes) == x.events);
    const auto piece = *rc::gen::inRange<size_t>(1, 50);
    RC_ASSERT(read_all(x.bytes, {}, piece) == x.events);
  }));
}

TEST_CASE("codec: a stream with one changed byte gives the same events at once and byte by byte") {
  CHECK(rc::check([] {
    auto x = some_scenario();
    x.bytes[*rc::gen::inRange<size_t>(0, x.bytes.size())] = *rc::gen::arbitrary<char>();
    RC_ASSERT(read_all(x.bytes, {}, 1) == read_all(x.bytes));
  }));
}
