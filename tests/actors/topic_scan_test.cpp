#include "actors/pubsub/subscriber_table.hpp"

#include <map>
#include <string>
#include <vector>

#include <caf/make_counted.hpp>
#include <doctest/doctest.h>

using namespace bennu;
using namespace bennu::engine;

namespace {

struct silent : subscriber {
  void receive_broadcast(const broadcast&) override {}
};

/// A table with `count` topics of one subscriber each.
struct crowded_table {
  explicit crowded_table(size_t count) {
    for (size_t i = 0; i < count; ++i)
      add("room:" + std::to_string(1'000'000 + i));
  }
  ~crowded_table() {
    for (auto& [topic, who] : all)
      table.remove(topic, *who);
  }
  void add(const std::string& topic) {
    all.emplace_back(topic, caf::make_counted<silent>());
    table.add(topic, *all.back().second);
  }

  subscriber_table table;
  std::vector<std::pair<std::string, caf::intrusive_ptr<silent>>> all;
};

} // namespace

TEST_CASE("topic scan: a scan in small steps finds every topic once, with all its subscribers") {
  crowded_table x{1'000};
  x.add("room:1000500");
  x.add("lobby");
  topic_scan found{{"room:", "", 2'000}};
  subscriber_table::cursor at;
  size_t steps = 1;
  while (x.table.scan(found, at, 10))
    ++steps;
  CHECK(steps >= 100);
  CHECK(found.found().size() == 1'000);
  CHECK(found.found().at("room:1000500") == 2);
  CHECK(found.found().at("room:1000501") == 1);
}

TEST_CASE("topic scan: a table that grows meanwhile is scanned anew, so that no topic is counted twice") {
  crowded_table x{100};
  topic_scan found{{"", "", 10'000}};
  subscriber_table::cursor at;
  REQUIRE(x.table.scan(found, at, 50));
  for (size_t i = 0; i < 2'000; ++i)
    x.add("hall:" + std::to_string(i));
  while (x.table.scan(found, at, 50)) {}
  CHECK(found.found().size() == 2'100);
  for (const auto& [topic, count] : found.found())
    CHECK(count == 1);
}
