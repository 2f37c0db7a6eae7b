#include "transport/outbox/outbound_queue.hpp"

#include <array>
#include <doctest/doctest.h>
#include <random>
#include <string>

using namespace bennu;
using namespace bennu::engine;

namespace {

frame_ptr message(std::string_view body) {
  return make_frame(opcode::text, body);
}
frame_ptr control(std::string_view body) {
  return make_frame(opcode::pong, body);
}

// Everything that waits, as one string.
std::string waiting(const outbound_queue& queue) {
  std::array<iovec, 64> parts;
  std::string result;
  for (size_t i = 0, n = queue.fill(parts); i < n; ++i)
    result.append(static_cast<const char*>(parts[i].iov_base), parts[i].iov_len);
  return result;
}

std::string wire(std::initializer_list<frame_ptr> frames) {
  std::string result;
  for (auto& x : frames)
    result += x->wire();
  return result;
}

} // namespace

TEST_CASE("outbound queue: data and control frames leave in the order of their pushes") {
  outbound_queue queue{1000, overflow::close};
  CHECK(queue.empty());
  CHECK(queue.push(message("a")));
  queue.push_control(control("b"));
  CHECK(queue.push(message("c")));
  CHECK(waiting(queue) == wire({message("a"), control("b"), message("c")}));
  CHECK(queue.data_bytes() == 6);
}

TEST_CASE("outbound queue: bytes that were sent are removed exactly") {
  const auto all = wire({message("abc"), control("de"), message("f")});
  for (size_t sent = 0; sent <= all.size(); ++sent) {
    outbound_queue one{1000, overflow::close};
    REQUIRE(one.push(message("abc")));
    one.push_control(control("de"));
    REQUIRE(one.push(message("f")));
    one.consume(sent);
    CHECK(waiting(one) == all.substr(sent));
    CHECK(one.empty() == (sent == all.size()));
  }
}

TEST_CASE("outbound queue: fill returns as many parts as fit") {
  outbound_queue queue{1000, overflow::close};
  for (int i = 0; i < 5; ++i)
    REQUIRE(queue.push(message("x")));
  std::array<iovec, 2> two;
  CHECK(queue.fill(two) == 2);
}

TEST_CASE("outbound queue: with `close` a data frame over the bound is refused and nothing changes") {
  outbound_queue queue{10, overflow::close};
  CHECK(queue.push(message("12345678")));
  CHECK_FALSE(queue.push(message("x")));
  CHECK(waiting(queue) == wire({message("12345678")}));
  CHECK(queue.dropped() == 0);
  queue.consume(10);
  CHECK(queue.push(message("x")));
}

TEST_CASE("outbound queue: one frame over the bound is accepted when nothing waits") {
  outbound_queue queue{10, overflow::close};
  CHECK(queue.push(message(std::string(100, 'x'))));
  CHECK_FALSE(queue.push(message("y")));
}

TEST_CASE("outbound queue: control frames are never dropped for data, with any policy") {
  for (auto policy : {overflow::close, overflow::drop_oldest, overflow::conflate}) {
    outbound_queue queue{300, policy};
    for (int i = 0; i < 20; ++i)
      CHECK(queue.push_control(control("0123456789")));
    CHECK(queue.data_bytes() == 0);
    queue.push(message(std::string(200, 'a')));
    queue.push(message(std::string(200, 'b')));
    size_t pongs = 0;
    const auto bytes = waiting(queue);
    for (size_t i = 0; (i = bytes.find("0123456789", i)) != bytes.npos; ++i)
      ++pongs;
    CHECK(pongs == 20);
  }
}

TEST_CASE("outbound queue: control frames have a bound with any policy; the last frame always fits") {
  for (auto policy : {overflow::close, overflow::drop_oldest, overflow::conflate}) {
    outbound_queue queue{8, policy};
    CHECK(queue.push_control(control("more than 8 bytes")));
    CHECK_FALSE(queue.push_control(control("a")));
    CHECK(queue.push(message("b")));
    queue.push_last(control("c"));
    CHECK(waiting(queue) == wire({control("more than 8 bytes"), message("b"), control("c")}));
    queue.consume(control("more than 8 bytes")->wire().size() + 3);
    CHECK(queue.push_control(control("d")));
    queue.drop_unsent();
    CHECK(queue.push_control(control("also more than 8 bytes")));
  }
}

TEST_CASE("outbound queue: `drop_oldest` drops only as many of the oldest data frames as necessary") {
  outbound_queue queue{12, overflow::drop_oldest};
  for (auto body : {"a1", "b2", "c3"})
    CHECK(queue.push(message(body)));
  queue.push_control(control("!"));
  CHECK(queue.push(message("d4")));
  CHECK(waiting(queue) == wire({message("b2"), message("c3"), control("!"), message("d4")}));
  CHECK(queue.dropped() == 1);
  CHECK(queue.push(message("567890")));
  CHECK(waiting(queue) == wire({control("!"), message("d4"), message("567890")}));
  CHECK(queue.dropped() == 3);
}

TEST_CASE("outbound queue: `conflate` keeps only the newest data frame when the bound is reached") {
  outbound_queue queue{12, overflow::conflate};
  for (auto body : {"a1", "b2", "c3"})
    CHECK(queue.push(message(body)));
  CHECK(waiting(queue) == wire({message("a1"), message("b2"), message("c3")}));
  CHECK(queue.push(message("d4")));
  CHECK(waiting(queue) == wire({message("d4")}));
  CHECK(queue.dropped() == 3);
}

TEST_CASE("outbound queue: a frame that has left in part is never dropped") {
  for (auto policy : {overflow::drop_oldest, overflow::conflate}) {
    outbound_queue queue{8, policy};
    CHECK(queue.push(message("a1")));
    CHECK(queue.push(message("b2")));
    queue.consume(1);
    CHECK(queue.push(message("c3")));
    CHECK(waiting(queue) == wire({message("a1"), message("c3")}).substr(1));
  }
  outbound_queue queue{100, overflow::close};
  queue.push(message("a1"));
  queue.push(message("b2"));
  queue.push_control(control("c"));
  queue.consume(3);
  queue.drop_unsent();
  CHECK(waiting(queue) == "1");
  CHECK(queue.data_bytes() == 4);
}

TEST_CASE("outbound queue: a queue that is never empty does not grow") {
  outbound_queue queue{1'000'000, overflow::close};
  queue.push(message("x"));
  for (int i = 0; i < 100'000; ++i) {
    queue.push(message("x"));
    queue.consume(3);
  }
  CHECK(queue.data_bytes() == 3);
  CHECK(queue.capacity() < 32);
}

TEST_CASE("outbound queue: after a burst it frees its memory") {
  outbound_queue queue{1'000'000, overflow::close};
  for (int i = 0; i < 1000; ++i)
    queue.push(message("x"));
  queue.consume(3000);
  CHECK(queue.empty());
  CHECK(queue.capacity() <= 4);
}

TEST_CASE("outbound queue: any sequence of pushes and partial sends gives the bytes in order") {
  std::mt19937 random{42};
  outbound_queue queue{1'000'000, overflow::close};
  std::string model;
  for (int step = 0; step < 20'000; ++step) {
    if (random() % 2 == 0) {
      const auto x = message(std::string(random() % 20, static_cast<char>('a' + random() % 26)));
      model += x->wire();
      random() % 3 == 0 ? queue.push_control(x) : queue.push(x);
    } else {
      std::array<iovec, 4> parts;
      const auto count = queue.fill(parts);
      std::string got;
      for (size_t i = 0; i < count; ++i)
        got.append(static_cast<const char*>(parts[i].iov_base), parts[i].iov_len);
      REQUIRE(model.compare(0, got.size(), got) == 0);
      const auto sent = got.empty() ? 0 : random() % (got.size() + 1);
      queue.consume(sent);
      model.erase(0, sent);
    }
    REQUIRE(queue.empty() == model.empty());
  }
}

TEST_CASE("outbound queue: each frame counts in full, until a recount finds how many clients it still waits for") {
  constexpr size_t of_entry = 32;
  const auto large = std::string(100'000, 'x');
  std::vector<outbound_queue> queues(10, outbound_queue{size_t{1} << 20, overflow::close});
  auto shared = message(large);
  const auto footprint = shared->footprint();
  for (auto& x : queues)
    REQUIRE(x.push(shared));
  shared = nullptr;
  for (auto& x : queues) {
    CHECK(x.charged_bytes() == 0);
    x.begin_charging();
    CHECK(x.charged_bytes() == footprint + of_entry);
    x.recount();
    CHECK(x.charged_bytes() == footprint / 10 + of_entry);
  }
  auto& slow = queues.front();
  for (size_t i = 1; i < queues.size(); ++i)
    queues[i].consume(message(large)->wire().size());
  slow.recount(); // the others have read it
  CHECK(slow.charged_bytes() == footprint + of_entry);
  REQUIRE(slow.push(message("y")));
  CHECK(slow.charged_bytes() == footprint + message("y")->footprint() + 2 * of_entry);
  slow.consume(message(large)->wire().size() + 1); // a part of the second has left
  CHECK(slow.charged_bytes() == message("y")->footprint() + of_entry);
  slow.consume(message("y")->wire().size() - 1);
  CHECK(slow.charged_bytes() == 0);
}

TEST_CASE("outbound queue: small frames that wait for many clients count at least with their places") {
  std::vector<outbound_queue> queues(1000, outbound_queue{size_t{1} << 20, overflow::close});
  const auto shared = message("hi");
  for (auto& x : queues) {
    x.begin_charging();
    for (int i = 0; i < 100; ++i)
      REQUIRE(x.push(shared));
    x.recount();
    CHECK(x.charged_bytes() >= 100 * 2 * sizeof(frame_ptr));
  }
}

TEST_CASE("outbound queue: dropped frames no longer count") {
  outbound_queue queue{1000, overflow::drop_oldest};
  queue.begin_charging();
  for (int i = 0; i < 20; ++i)
    queue.push(message(std::string(300, 'x')));
  CHECK(queue.charged_bytes() == 3 * (message(std::string(300, 'x'))->footprint() + 32));
  queue.drop_unsent();
  CHECK(queue.charged_bytes() == 0);
}

TEST_CASE("outbound queue: the first frames are taken out up to a size, and at least one") {
  outbound_queue queue{1000, overflow::close};
  for (const auto* text : {"a", "b", "c"})
    REQUIRE(queue.push(message(text)));
  const auto size = message("a")->wire().size();
  CHECK(queue.take(2 * size).size() == 2);
  CHECK(queue.data_bytes() == size);
  CHECK(waiting(queue) == wire({message("c")}));
  CHECK(queue.take(1).size() == 1);
  CHECK(queue.empty());
  CHECK(queue.data_bytes() == 0);
  CHECK(queue.take(1).empty());
}
