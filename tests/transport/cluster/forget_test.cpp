#include <doctest/doctest.h>

#include "tests/transport/cluster/cluster_node.hpp"

using namespace bennu;
using namespace bennu::test;
using namespace std::chrono_literals;

namespace {

cluster_options forgetful(cluster_options options) {
  options.forget_after = 300ms;
  return options;
}

bool has_link(cluster_node& of, const std::string& to) {
  bool result = false;
  for_each_node(of.tree(), [&](const tree_node& x, size_t) { result = result || x.id == "link:" + to; });
  return result;
}

} // namespace

TEST_CASE("forget: all nodes forget a lost node, and it disappears from what they show") {
  certificate_folder certificates{{"a", "b", "c", "d"}};
  cluster_node a{forgetful(certificates.options("a"))};
  cluster_node b{with_peers(forgetful(certificates.options("b")), {a.address()})};
  {
    cluster_node c{with_peers(forgetful(certificates.options("c")), {a.address()})};
    REQUIRE(a.log.told("up c"));
    REQUIRE(b.log.told("up c"));
    CHECK(has_link(a, "c"));
  }
  for (auto* node : {&a, &b}) {
    REQUIRE(node->log.told("forgotten c"));
    CHECK(node->events.told("node.forgotten c"));
    CHECK(node->link().states().size() == 1);
    CHECK_FALSE(has_link(*node, "c"));
  }
  // A node that starts later does not learn of it.
  cluster_node d{with_peers(forgetful(certificates.options("d")), {a.address()})};
  REQUIRE(d.log.told("up a"));
  REQUIRE(d.log.told("up b"));
  CHECK(d.link().states().size() == 2);
}

TEST_CASE("forget: a forgotten node that returns is known again") {
  certificate_folder certificates{{"a", "b"}};
  cluster_node a{forgetful(certificates.options("a"))};
  for (int life = 1; life <= 3; ++life) {
    {
      cluster_node b{with_peers(forgetful(certificates.options("b")), {a.address()})};
      REQUIRE(a.log.told("up b", life));
      REQUIRE(b.log.told("up a"));
      CHECK(a.send("b", "hello"));
      REQUIRE(b.log.told("a: hello"));
    }
    REQUIRE(a.log.told("forgotten b", life));
  }
}
