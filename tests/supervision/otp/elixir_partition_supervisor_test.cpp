#include <doctest/doctest.h>

#include <array>
#include <set>
#include <string>
#include <vector>

#include <caf/scheduler/abstract_coordinator.hpp>

#include "tests/supervision/test_child.hpp"
#include "tests/supervision/virtual_system.hpp"
#include <bennu/supervision/dynamic_supervisor.hpp>
#include <bennu/supervision/partition_supervisor.hpp>
#include <bennu/supervision/supervisor.hpp>
#include <bennu/supervision/supervisor_commands.hpp>

using namespace bennu;
using namespace bennu::test;
using namespace std::chrono_literals;

namespace {

partition_supervisor_options of(size_t count, strategy how = one_for_one) {
  partition_supervisor_options result;
  result.partitions = count;
  result.how = how;
  return result;
}

/// A partition supervisor of test children in its own tree.
struct partitioned {
  std::array<diary, 4> books;
  virtual_system world;
  partition_supervisor partitions;
  caf::actor tree;

  explicit partitioned(partition_supervisor_options options = of(4))
    : partitions([this](size_t i) { return worker("ignored", books.at(i)); }, std::move(options)),
      tree(world.own(supervisor_spec{}.add(partitions.supervised("partitions")).spawn(world.system()))) {}

  ~partitioned() {
    for (auto& x : books)
      x.actors.clear();
  }

  void crash(size_t i) {
    caf::anon_send(partitions.at(i), std::string{"crash"});
    world.settle();
  }

  std::vector<size_t> starts() const {
    std::vector<size_t> result;
    for (auto& x : books)
      result.push_back(x.starts());
    return result;
  }
};

using counts = std::vector<size_t>;

} // namespace

TEST_CASE("otp: partition_supervisor starts N children, numbered, each with its own arguments") {
  partitioned test;
  CHECK(test.partitions.partitions() == 4);
  CHECK(test.starts() == counts{1, 1, 1, 1});
  auto children = test.world.ask<std::vector<child_info>>(test.partitions.supervisor(), which_children_command{});
  std::set<std::string> ids;
  for (auto& x : children)
    ids.insert(x.id);
  CHECK(ids == std::set<std::string>{"0", "1", "2", "3"});
  CHECK(test.world.ask<child_counts>(test.partitions.supervisor(), count_children_command{})
        == child_counts{4, 4, 0, 4});
}

TEST_CASE("otp: partition_supervisor has one partition per thread of the scheduler by default") {
  virtual_system world;
  diary book;
  partition_supervisor partitions{worker("w", book)};
  CHECK(partitions.partitions() == 0);
  CHECK_FALSE(partitions.find("key"));
  world.own(supervisor_spec{}.add(partitions.supervised("partitions")).spawn(world.system()));
  auto threads = std::max<size_t>(1, world.system().scheduler().num_workers());
  CHECK(partitions.partitions() == threads);
  CHECK(book.starts() == threads);
}

TEST_CASE("otp: partition_supervisor routes by number and by hash of a key, always to the same partition") {
  partitioned test;
  for (auto i = 0; i < 8; ++i) {
    CHECK(test.partitions.partition_of(i) == static_cast<size_t>(i % 4));
    CHECK(test.partitions.partition_of(-i) == test.partitions.partition_of(i));
    CHECK(test.partitions.find(i) == test.books[static_cast<size_t>(i % 4)].last());
  }
  std::array<int, 4> hits{};
  for (auto i = 0; i < 4000; ++i) {
    auto key = "room:" + std::to_string(i);
    ++hits.at(test.partitions.partition_of(key));
    CHECK(test.partitions.find(key) == test.partitions.find(key));
  }
  for (auto x : hits)
    CHECK(x > 800); // of 1000: the keys are distributed
}

TEST_CASE("otp: partition_supervisor: a crash of one partition does not affect the others") {
  partitioned test;
  auto before = test.partitions.at(2);
  test.crash(2);
  CHECK(test.starts() == counts{1, 1, 2, 1});
  CHECK(test.partitions.at(2) == test.books[2].last());
  CHECK(test.partitions.at(2) != before);
}

TEST_CASE("otp: partition_supervisor honours its strategy and intensity") {
  auto options = of(4, one_for_all);
  options.intensity = {1, 5s};
  partitioned test{options};
  auto supervisor = test.partitions.supervisor();
  test.crash(0);
  CHECK(test.starts() == counts{2, 2, 2, 2});
  CHECK(test.partitions.supervisor() == supervisor);
  test.crash(3);
  CHECK(test.starts() == counts{3, 3, 3, 3}); // exceeded, and restarted by the supervisor above
  CHECK(test.partitions.supervisor() != supervisor);
  CHECK(test.partitions.at(3) == test.books[3].last());
}

TEST_CASE("otp: partition_supervisor over dynamic supervisors: each partition holds its own children") {
  diary book;
  virtual_system world;
  partition_supervisor pools{dynamic_supervisor(), of(3)};
  world.own(supervisor_spec{}.add(pools.supervised("pools")).spawn(world.system()));
  for (auto i = 0; i < 6; ++i)
    start_child(pools.find(i), worker("w", book));
  world.settle();
  for (size_t i = 0; i < 3; ++i)
    CHECK(world.ask<child_counts>(pools.at(i), count_children_command{}).active == 2);
  CHECK(world.ask<child_counts>(pools.supervisor(), count_children_command{}) == child_counts{3, 3, 3, 0});
}

TEST_CASE("otp: partition_supervisor: no partition is found after it stopped") {
  partitioned test;
  signal_exit(test.tree, exits::shutdown());
  test.world.settle();
  CHECK_FALSE(test.partitions.at(0));
  CHECK_FALSE(test.partitions.find("key"));
  CHECK_FALSE(test.partitions.supervisor());
  CHECK_FALSE(test.partitions.at(99));
}
