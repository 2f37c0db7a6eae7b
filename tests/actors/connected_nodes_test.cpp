#include <string>
#include <vector>

#include <doctest/doctest.h>

#include "tests/actors/answers.hpp"
#include <bennu/actors/channel.hpp>
#include <bennu/actors/node.hpp>
#include <bennu/testing/channel_case.hpp>

using namespace bennu;
using bennu::test::open_socket;

TEST_CASE("node: it knows the names of the nodes that are connected now, without itself") {
  channel_case test{endpoint{"/socket"}.serve<open_socket>()};
  CHECK(test.home().connected_nodes().empty());
  test.start_node("c");
  const auto b = test.start_node("b");
  CHECK(test.home().connected_nodes() == std::vector<std::string>{"b", "c"});
  b.cut();
  CHECK(test.home().connected_nodes() == std::vector<std::string>{"c"});
  CHECK(b.home().connected_nodes().empty());
}
