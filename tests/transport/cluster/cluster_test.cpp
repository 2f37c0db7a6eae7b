#include <doctest/doctest.h>

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

TEST_CASE("cluster: two nodes meet over TLS, and blocks arrive in order on both sides") {
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

TEST_CASE("cluster: a node that ends is down on the other, and up again when it comes back under its name") {
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

TEST_CASE("cluster: a session that is cut is followed by another") {
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
