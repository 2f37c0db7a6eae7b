#include <cstddef>
#include <mutex>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include <doctest/doctest.h>

#include "actors/cluster/link/link_session.hpp"
#include "tests/transport/cluster/cluster_node.hpp"

using namespace bennu;
using namespace bennu::test;

namespace {

std::vector<std::string> blocks_of(hub_log& log, const std::string& from) {
  auto lines = log.lines();
  std::erase_if(lines, [&](auto& x) { return !x.starts_with(from + ": "); });
  return lines;
}

} // namespace

TEST_CASE("cluster: two nodes connect over TLS, and blocks arrive in order on both sides") {
  certificate_folder certificates{{"a", "b"}};
  cluster_node a{certificates.options("a")};
  cluster_node b{with_peers(certificates.options("b"), {a.address()})};
  REQUIRE(a.log.told("up b"));
  REQUIRE(b.log.told("up a"));
  for (int i = 0; i < 1000; ++i) {
    CHECK(a.send("b", std::to_string(i)));
    CHECK(b.send("a", std::to_string(i)));
  }
  REQUIRE(a.log.told("b: 999"));
  REQUIRE(b.log.told("a: 999"));
  for (auto* lines : {&a, &b})
    for (auto& from : {"a", "b"}) {
      const auto got = blocks_of(lines->log, from);
      for (size_t i = 0; i < got.size(); ++i)
        REQUIRE(got[i] == std::string{from} + ": " + std::to_string(i));
    }
}

TEST_CASE("cluster: when a node ends it is down on the other, and up again when it returns under its name") {
  certificate_folder certificates{{"a", "b"}};
  cluster_node a{certificates.options("a")};
  for (int life = 1; life <= 2; ++life) {
    cluster_node b{with_peers(certificates.options("b"), {a.address()})};
    REQUIRE(a.log.told("up b", life));
    REQUIRE(b.log.told("up a"));
  }
  REQUIRE(a.log.told("down b", 2));
  CHECK_FALSE(a.send("b", "?"));
  CHECK(a.link().queued("b") == 0);
}

TEST_CASE("cluster: after a cut session another one begins") {
  certificate_folder certificates{{"a", "b"}};
  cluster_node a{certificates.options("a")};
  cluster_node b{with_peers(certificates.options("b"), {a.address()})};
  for (int i = 1; i <= 5; ++i) {
    REQUIRE(a.log.told("up b", i));
    REQUIRE(b.log.told("up a", i));
    (i % 2 == 0 ? a : b).link().cut(i % 2 == 0 ? "b" : "a", "because");
    REQUIRE(a.log.told("down b", i));
    REQUIRE(b.log.told("down a", i));
  }
}

TEST_CASE("cluster: three nodes that know one seed are all connected with each other") {
  certificate_folder certificates{{"a", "b", "c"}};
  cluster_node a{certificates.options("a")};
  cluster_node b{with_peers(certificates.options("b"), {a.address()})};
  cluster_node c{with_peers(certificates.options("c"), {a.address()})};
  for (auto* node : {&a, &b, &c})
    REQUIRE(node->log.wait([](auto& lines) {
      return std::count_if(lines.begin(), lines.end(), [](auto& x) { return x.starts_with("up "); }) >= 2;
    }));
  CHECK(b.send("c", "directly"));
  CHECK(c.log.told("b: directly"));
}

TEST_CASE("cluster: two nodes that dial each other at the same time keep one connection") {
  certificate_folder certificates{{"a", "b"}};
  for (int i = 0; i < 5; ++i) {
    auto of_a = certificates.options("a");
    auto of_b = certificates.options("b");
    of_a.handshake_timeout = of_b.handshake_timeout = std::chrono::hours{1}; // no handshake times out in this test
    {
      cluster_node first{of_a}; // finds two free ports
      cluster_node second{of_b};
      of_a.listen = first.address();
      of_b.listen = second.address();
    }
    cluster_node a{with_peers(of_a, {of_b.listen, of_a.listen})}; // its own address, too, which it recognizes
    cluster_node b{with_peers(of_b, {of_a.listen, of_b.listen})};
    REQUIRE(a.log.told("up b"));
    REQUIRE(b.log.told("up a"));
    REQUIRE(a.send("b", "once"));
    REQUIRE(b.log.told("a: once"));
    CHECK(a.log.count("down b") == 0);
    CHECK(b.log.count("down a") == 0);
  }
}

TEST_CASE("cluster: a new hub learns of every live session first") {
  certificate_folder certificates{{"a", "b"}};
  cluster_node a{certificates.options("a")};
  cluster_node b{with_peers(certificates.options("b"), {a.address()})};
  REQUIRE(a.log.told("up b"));
  a.attend_anew();
  REQUIRE(a.log.told("up b", 2));
  CHECK(a.log.count("down b") == 0);
}

TEST_CASE("cluster: blocks of sixteen megabytes pass, larger ones are refused") {
  certificate_folder certificates{{"a", "b"}};
  hub_log sizes;
  cluster_node a{certificates.options("a")};
  cluster_node b{with_peers(certificates.options("b"), {a.address()}),
                 [&](const link_received& x) { sizes.add(std::to_string(x.bytes->size())); }};
  REQUIRE(a.log.told("up b"));
  CHECK(a.send("b", std::string(cluster_link::max_block, 'x')));
  CHECK_FALSE(a.send("b", std::string(cluster_link::max_block + 1, 'x')));
  CHECK(a.send("b", "small"));
  CHECK(sizes.told("5"));
  CHECK(sizes.count(std::to_string(cluster_link::max_block)) == 1);
}

TEST_CASE("cluster: what a node sends before it stops arrives, also when it is more than the window") {
  constexpr size_t size = 100'000;
  constexpr size_t count = 3 * link_session::window / size;
  certificate_folder certificates{{"a", "b"}};
  std::optional<cluster_node> a{std::in_place, certificates.options("a")};
  hub_log got;
  cluster_node b{with_peers(certificates.options("b"), {a->address()}),
                 [&](const link_received&) { got.add("block"); }};
  REQUIRE(a->log.told("up b"));
  for (size_t i = 0; i < count; ++i)
    REQUIRE(a->send("b", std::string(size, 'x')));
  a.reset();
  REQUIRE(b.log.told("down a"));
  CHECK(got.count("block") == count);
}

TEST_CASE("cluster: blocks for a stuck hub wait with the sender, and above the cap sending fails") {
  certificate_folder certificates{{"a", "b"}};
  std::mutex stuck;
  std::unique_lock hold{stuck};
  auto of_b = certificates.options("b");
  of_b.link.max_hub_depth = 10;
  cluster_node a{certificates.options("a")};
  size_t got = 0;
  hub_log done;
  cluster_node b{with_peers(of_b, {a.address()}), [&](const link_received& x) {
                   std::lock_guard wait{stuck};
                   ++got;
                   if (*x.bytes == "last")
                     done.add("last");
                 }};
  REQUIRE(a.log.told("up b"));
  size_t sent = 0;
  while (a.send("b", std::string(100'000, 'x')))
    ++sent;
  CHECK(a.link().queued("b") <= link_options{}.max_queued_bytes);
  CHECK(a.link().queued("b") > link_options{}.max_queued_bytes - 200'000);
  hold.unlock();
  while (!a.send("b", "last"))
    std::this_thread::yield();
  CHECK(done.told("last"));
  CHECK(got == sent + 1);
  CHECK(a.log.count("down b") == 0);
}

TEST_CASE("cluster: fifty lives of a node, each ended while it is connected") {
  certificate_folder certificates{{"a", "b"}};
  cluster_node a{certificates.options("a")};
  for (int life = 1; life <= 50; ++life) {
    cluster_node b{with_peers(certificates.options("b"), {a.address()})};
    REQUIRE(b.log.told("up a"));
    REQUIRE(a.log.told("up b", life));
  }
  CHECK(a.log.told("down b", 50));
}
