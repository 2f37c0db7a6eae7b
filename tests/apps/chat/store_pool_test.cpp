#include <doctest/doctest.h>

#include <algorithm>
#include <future>
#include <mutex>
#include <stdexcept>
#include <thread>
#include <vector>

#include <soci/soci.h>

#include "apps/chat/store_pool.hpp"
#include "tests/apps/chat/running_tree.hpp"
#include "tests/apps/chat/store_fixture.hpp"

using namespace chat;

namespace {

struct pool_fixture : store_fixture {
  explicit pool_fixture(store_pool::options limits = {})
    : pool([this] { return make_store(place); }, limits, numbers) {}

  /// The answer of the pool to `work`.
  template <class Work>
  auto ask(Work work) {
    std::promise<std::invoke_result_t<Work&, store&>> answer;
    pool.ask(work, [&](auto x) { answer.set_value(std::move(x)); });
    return answer.get_future().get();
  }

  result<stored_message> add_message(draft x) {
    std::promise<result<stored_message>> answer;
    pool.add_message(std::move(x), [&](auto y) { answer.set_value(std::move(y)); });
    return answer.get_future().get();
  }

  std::shared_ptr<chat_metrics> numbers = std::make_shared<chat_metrics>();
  store_pool pool;
};

auto rooms(store& s) {
  return s.rooms_of(1);
}

/// Keeps a worker busy until `open`.
struct gate {
  std::promise<void> reached, opened;

  auto work() {
    return [this, go_on = opened.get_future().share()](store& s) {
      reached.set_value();
      go_on.wait();
      return s.rooms_of(1);
    };
  }
};

} // namespace

TEST_CASE("store pool: a thousand messages from four threads are each stored once, with ids in order") {
  pool_fixture f;
  auto ann = f.add("ann");
  std::mutex mutex;
  std::vector<int64_t> ids;
  std::promise<void> all;
  running_tree tree{{f.pool.supervised()}};
  std::vector<std::thread> threads;
  for (int t = 0; t < 4; ++t)
    threads.emplace_back([&] {
      for (int i = 0; i < 250; ++i)
        f.pool.add_message({"lobby", ann.id, "x", {}}, [&](const result<stored_message>& stored) {
          std::lock_guard guard{mutex};
          ids.push_back(stored.ok() ? stored->text.id : -1);
          if (ids.size() == 1000)
            all.set_value();
        });
    });
  for (auto& x : threads)
    x.join();
  all.get_future().wait();
  std::sort(ids.begin(), ids.end());
  CHECK(ids.front() == 1);
  CHECK(ids.back() == 1000);
  CHECK(f.db().recent_messages("lobby", 2000)->size() == 1000);
  CHECK(f.numbers->messages_stored.Value() == 1000);
}

TEST_CASE("store pool: before it runs, everything is unavailable immediately") {
  pool_fixture f;
  CHECK(f.ask(rooms).is(store_failure::kind::unavailable));
  CHECK(f.add_message({"lobby", 1, "x", {}}).is(store_failure::kind::unavailable));
  {
    running_tree tree{{f.pool.supervised()}};
    CHECK(f.ask(rooms).ok());
  }
  CHECK(f.ask(rooms).is(store_failure::kind::unavailable));
}

TEST_CASE("store pool: above its bound callers get unavailable immediately, and later ones are served again") {
  pool_fixture f{{.workers = 1, .max_waiting = 1}};
  auto ann = f.add("ann");
  running_tree tree{{f.pool.supervised()}};
  gate busy;
  std::promise<bool> first, second;
  f.pool.ask(busy.work(), [&](const auto& x) { first.set_value(x.ok()); });
  busy.reached.get_future().wait();
  f.pool.ask(rooms, [&](const auto& x) { second.set_value(x.ok()); });
  CHECK(f.ask(rooms).is(store_failure::kind::unavailable));
  CHECK(f.add_message({"lobby", ann.id, "x", {}}).is(store_failure::kind::unavailable));
  busy.opened.set_value();
  CHECK(first.get_future().get());
  CHECK(second.get_future().get());
}

TEST_CASE("store pool: a flood of questions of one asker neither delays those of another nor takes their place") {
  pool_fixture f{{.workers = 1, .max_waiting = 3}};
  running_tree tree{{f.pool.supervised()}};
  gate busy;
  std::vector<std::string> answers; // on the one thread of the pool, but those who are refused
  std::promise<void> all;
  f.pool.ask(busy.work(), [](const auto&) {});
  busy.reached.get_future().wait();
  auto ask = [&](const std::string& what, const std::string& asker) {
    f.pool.ask(
      rooms,
      [&, what](const auto& x) {
        answers.push_back(what + (x.ok() ? " ok" : " refused"));
        if (answers.size() == 4)
          all.set_value();
      },
      asker);
  };
  for (const auto* what : {"first", "second", "third"})
    ask(what, "flood");
  ask("modest", "another");
  CHECK(answers == std::vector<std::string>{"third refused"});
  busy.opened.set_value();
  all.get_future().wait();
  CHECK(answers == std::vector<std::string>{"third refused", "first ok", "modest ok", "second ok"});
}

TEST_CASE("store pool: work that throws is answered unavailable and does not affect other work") {
  pool_fixture f{{.workers = 1}};
  running_tree tree{{f.pool.supervised()}};
  CHECK(
    f.ask([](store&) -> result<done> { throw std::runtime_error("a mistake"); }).is(store_failure::kind::unavailable));
  CHECK(f.ask(rooms).ok());
}

TEST_CASE("store pool: when it stops, waiting work is answered") {
  pool_fixture f{{.workers = 1}};
  gate busy;
  std::promise<bool> running, waiting;
  {
    running_tree tree{{f.pool.supervised()}};
    f.pool.ask(busy.work(), [&](const auto& x) { running.set_value(x.ok()); });
    busy.reached.get_future().wait();
    f.pool.ask(rooms, [&](const auto& x) {
      waiting.set_value(x.ok());
      busy.opened.set_value();
    });
  }
  CHECK_FALSE(waiting.get_future().get());
  CHECK(running.get_future().get());
}

TEST_CASE(
  "store pool: a question whose time is over is answered, and a change that has not begun by then is never made") {
  pool_fixture f{{.workers = 1, .max_answer_time = std::chrono::milliseconds{1}}};
  auto ann = f.add("ann");
  running_tree tree{{f.pool.supervised()}};
  gate busy;
  std::promise<result<std::vector<room>>> first;
  f.pool.change(busy.work(), [&](const auto& x) { first.set_value(x); });
  busy.reached.get_future().wait();
  const auto message = f.add_message({"lobby", ann.id, "too late", {}});
  CHECK(message.is(store_failure::kind::unavailable));
  CHECK_FALSE(message.failure().uncertain);
  const auto begun = first.get_future().get();
  CHECK(begun.is(store_failure::kind::unavailable));
  CHECK(begun.failure().uncertain); // it still runs
  busy.opened.set_value();
  tree.stop();
  CHECK(f.db().recent_messages("lobby", 50)->empty());
}

TEST_CASE("store pool: a message that is stored after its author was told \"uncertain\" is announced nevertheless") {
  pool_fixture f{{.workers = 1, .max_answer_time = std::chrono::milliseconds{500}}};
  auto ann = f.add("ann");
  auto other = f.place->connect();
  *other << f.place->begin_writing();
  if (!store_fixture::on_sqlite())
    *other << "LOCK TABLE messages IN ACCESS EXCLUSIVE MODE";
  running_tree tree{{f.pool.supervised()}};
  std::promise<result<stored_message>> told;
  std::promise<stored_message> late;
  f.pool.add_message(
    {"lobby", ann.id, "slow", {}}, [&](auto x) { told.set_value(std::move(x)); },
    [&](auto x) { late.set_value(std::move(x)); });
  const auto first = told.get_future().get();
  REQUIRE(first.is(store_failure::kind::unavailable));
  REQUIRE(first.failure().uncertain);
  *other << "ROLLBACK";
  CHECK(late.get_future().get().text.body == "slow");
}
