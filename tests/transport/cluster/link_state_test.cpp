#include <doctest/doctest.h>

#include "tests/transport/cluster/cluster_node.hpp"
#include <bennu/supervision/tree.hpp>

using namespace bennu;
using namespace bennu::test;

namespace {

link_state the_state(cluster_node& of) {
  const auto all = of.link().states();
  REQUIRE(all.size() == 1);
  return all.front();
}

std::string detail_of(const tree_node& tree, const std::string& id) {
  std::string result = "none";
  for_each_node(tree, [&](const tree_node& x, size_t) {
    if (x.id == id)
      result = x.detail;
  });
  return result;
}

} // namespace

TEST_CASE("link state: a link reports that it is up, its session, and how much may be in flight") {
  certificate_folder certificates{{"a", "b"}};
  cluster_node a{certificates.options("a")};
  CHECK(a.link().states().empty());
  cluster_node b{with_peers(certificates.options("b"), {a.address()})};
  REQUIRE(a.log.told("up b"));
  const auto now = the_state(a);
  CHECK(now.peer == "b");
  CHECK(now.now == link_state::phase::up);
  CHECK(now.sessions == 1);
  CHECK(now.window_bytes > 0);
  CHECK(now.in_flight_bytes <= now.window_bytes);
}

TEST_CASE("link state: blocks that a link refused are counted") {
  certificate_folder certificates{{"a", "b"}};
  auto small = certificates.options("a");
  small.link.max_queued_bytes = 100;
  cluster_node a{small};
  cluster_node b{with_peers(certificates.options("b"), {a.address()})};
  REQUIRE(a.log.told("up b"));
  CHECK_FALSE(a.send("b", std::string(101, 'x')));
  CHECK_FALSE(a.send("b", std::string(101, 'x')));
  CHECK(the_state(a).refused_blocks == 2);
  CHECK(the_state(a).queued_bytes == 0);
}

TEST_CASE("link state: after the end of a session the next one is counted, and the tree shows it") {
  certificate_folder certificates{{"a", "b"}};
  cluster_node a{certificates.options("a")};
  cluster_node b{with_peers(certificates.options("b"), {a.address()})};
  REQUIRE(a.log.told("up b"));
  a.link().cut("b", "because");
  REQUIRE(a.log.told("up b", 2));
  CHECK(the_state(a).sessions == 2);
  const auto detail = detail_of(a.tree(), "link:b");
  CHECK(detail.starts_with("up, queued 0 blocks of 0 bytes, in flight "));
  CHECK(detail.find("sessions 2, lost ") != std::string::npos);
}

TEST_CASE("link state: it is an event while there is a connection") {
  certificate_folder certificates{{"a", "b"}};
  cluster_node a{certificates.options("a")};
  cluster_node b{with_peers(certificates.options("b"), {a.address()})};
  CHECK(a.events.told("link.state b: "));
}

TEST_CASE("link state: it has a text for operators") {
  link_state x{.peer = "b"};
  CHECK(to_string(x)
        == "down, queued 0 blocks of 0 bytes, in flight 0 of 0 bytes, sessions 0, lost 0 blocks, refused 0 blocks");
  x.now = link_state::phase::connecting;
  CHECK(to_string(x).starts_with("connecting, "));
}
