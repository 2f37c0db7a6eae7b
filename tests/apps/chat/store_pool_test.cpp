#include <doctest/doctest.h>

#include <algorithm>
#include <future>
#include <mutex>
#include <thread>
#include <vector>

#include "apps/chat/store_pool.hpp"
#include "tests/apps/chat/store_fixture.hpp"

using namespace chat;

TEST_CASE("worker pool: what was taken is done before the pool is gone, what is too much is refused") {
  std::promise<void> started, go_on;
  auto allowed = go_on.get_future().share();
  int finished = 0;
  {
    worker_pool pool{1, 2};
    CHECK(pool.run([&](size_t) {
      started.set_value();
      allowed.wait();
      ++finished;
    }));
    started.get_future().wait();
    CHECK(pool.run([&](size_t) { ++finished; }));
    CHECK(pool.run([&](size_t) { ++finished; }));
    CHECK_FALSE(pool.run([&](size_t) { ++finished; }));
    go_on.set_value();
  }
  CHECK(finished == 3);
}

TEST_CASE("store pool: a thousand messages from four threads are each stored once, ids tell the order") {
  store_fixture f;
  auto ann = f.add("ann");
  std::mutex mutex;
  std::vector<int64_t> ids;
  {
    store_pool pool{[&] { return make_store(f.place); }, {}};
    std::vector<std::thread> threads;
    for (int t = 0; t < 4; ++t)
      threads.emplace_back([&] {
        for (int i = 0; i < 250; ++i)
          pool.add_message({"lobby", ann.id, "x", {}}, [&](const result<stored_message>& stored) {
            std::lock_guard guard{mutex};
            ids.push_back(stored.ok() ? stored->text.id : -1);
          });
      });
    for (auto& x : threads)
      x.join();
  }
  REQUIRE(ids.size() == 1000);
  std::sort(ids.begin(), ids.end());
  CHECK(ids.front() == 1);
  CHECK(ids.back() == 1000);
  CHECK(f.db().recent_messages("lobby", 2000)->size() == 1000);
}

TEST_CASE("store pool: over its bound the caller hears unavailable at once") {
  store_fixture f;
  store_pool pool{[&] { return make_store(f.place); }, {.workers = 1, .max_waiting = 0}};
  bool refused = false;
  pool.ask([](store& s) { return s.rooms_of(1); },
           [&](const result<std::vector<room>>& x) { refused = x.is(store_failure::kind::unavailable); });
  CHECK(refused);
  refused = false;
  pool.add_message({"lobby", 1, "x", {}},
                   [&](const result<stored_message>& x) { refused = x.is(store_failure::kind::unavailable); });
  CHECK(refused);
}
