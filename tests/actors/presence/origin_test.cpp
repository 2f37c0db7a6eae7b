#include <doctest/doctest.h>

#include <algorithm>
#include <random>

#include <nlohmann/json.hpp>

#include "actors/presence/origin_log.hpp"
#include "actors/presence/view.hpp"

using namespace bennu;
using namespace bennu::engine;

namespace {

using state = std::map<uint64_t, presence_entry>;

/// A client as phoenix.js implements it: metas by key, identified by their phx_ref.
class client {
public:
  void sync(const json& diff) {
    for (const auto& [key, presence] : diff["joins"].items())
      for (const auto& meta : presence["metas"])
        REQUIRE(refs_[key].emplace(meta["phx_ref"], meta["n"]).second);
    for (const auto& [key, presence] : diff["leaves"].items())
      for (const auto& meta : presence["metas"])
        REQUIRE(refs_[key].erase(meta["phx_ref"]) == 1);
    std::erase_if(refs_, [](const auto& x) { return x.second.empty(); });
  }

  void check(const json& presence_state) const {
    std::map<std::string, std::map<std::string, int>> expected;
    for (const auto& [key, presence] : presence_state.items())
      for (const auto& meta : presence["metas"])
        expected[key].emplace(meta["phx_ref"], meta["n"]);
    CHECK(refs_ == expected);
  }

private:
  std::map<std::string, std::map<std::string, int>> refs_;
};

void step(std::mt19937& random, origin_log& log) {
  const int n = static_cast<int>(random() % 1000);
  const auto what = random() % 4;
  if (log.entries().empty() || what < 2) {
    log.join("room:1", "user" + std::to_string(random() % 5), json{{"n", n}});
    return;
  }
  auto pos = log.entries().begin();
  std::advance(pos, static_cast<std::ptrdiff_t>(random() % log.entries().size()));
  const auto id = pos->first;
  CHECK((what == 2 ? log.update(id, json{{"n", n}}) : log.leave(id)) != nullptr);
}

} // namespace

TEST_CASE("origin log: ops are numbered without gaps, and together they give the entries") {
  origin_log log{36};
  const auto ann = log.join("room:1", "ann", json::object()).entry.id;
  CHECK(log.join("room:1", "bob", json::object()).seq == 2);
  const auto* update = log.update(ann, json{{"away", true}});
  REQUIRE(update);
  CHECK(update->entry.meta.ref == "10-3");
  CHECK(update->entry.meta.prev == "10-1");
  CHECK(log.leave(2)->seq == 4);
  CHECK(log.entries().size() == 1);
  CHECK(log.entries().at(ann).meta.body.bytes() == R"({"away":true})");
  CHECK(log.leave(2) == nullptr);
  CHECK(log.update(2, json::object()) == nullptr);
  CHECK(log.seq() == 4);
}

TEST_CASE("origin log: the ring answers requests for the ops that it holds; other requests need a snapshot") {
  origin_log log{1, {.max_ops = 3, .max_bytes = 1 << 20}};
  for (int i = 0; i < 5; ++i)
    log.join("t", "k", json::object());
  CHECK(log.since(5)->empty());
  CHECK(log.since(2)->size() == 3);
  CHECK(log.since(2)->front().seq == 3);
  CHECK_FALSE(log.since(1));
  CHECK_FALSE(log.since(6));
  log.trim(4);
  CHECK_FALSE(log.since(3));
  CHECK(log.since(4)->size() == 1);
  CHECK(log.snapshot().entries.size() == 5);
}

TEST_CASE("origin log: the ring is bounded in bytes too") {
  origin_log log{1, {.max_ops = 1000, .max_bytes = 10'000}};
  for (int i = 0; i < 50; ++i)
    log.join("t", "k", json{{"text", std::string(1000, 'x')}});
  CHECK_FALSE(log.since(30));
  CHECK(log.since(49)->size() == 1);
}

TEST_CASE("origin mirror: old ops are skipped; a gap is reported and changes nothing") {
  origin_log log{1};
  for (int i = 0; i < 4; ++i)
    log.join("t", "k", json::object());
  const auto all = *log.since(0);
  presence_changes changes;
  origin_mirror mirror{1};
  CHECK(mirror.apply(std::span{all}.subspan(1), changes) == origin_mirror::result::gap);
  CHECK(changes.empty());
  CHECK(mirror.apply(std::span{all}.first(2), changes) == origin_mirror::result::applied);
  CHECK(mirror.apply(all, changes) == origin_mirror::result::applied);
  CHECK(mirror.applied() == 4);
  CHECK(changes.size() == 4);
}

TEST_CASE("origin mirror: an op that contradicts the entries is not applied, and a snapshot repairs the mirror") {
  origin_log log{1};
  log.join("t", "k", json::object());
  presence_changes changes;
  origin_mirror mirror{1};
  const presence_op absurd{1, presence_op::kind::leave, {77, {}, {}, {}}};
  CHECK(mirror.apply(std::span{&absurd, 1}, changes) == origin_mirror::result::gap);
  CHECK(mirror.broken());
  CHECK(mirror.apply(*log.since(0), changes) == origin_mirror::result::gap);
  mirror.apply(log.snapshot(), changes);
  CHECK_FALSE(mirror.broken());
  CHECK(mirror.entries() == log.entries());
}

TEST_CASE("origin mirror: an older snapshot is ignored") {
  origin_log log{1};
  log.join("t", "k", json::object());
  const auto old = log.snapshot();
  log.leave(1);
  presence_changes changes;
  origin_mirror mirror{1};
  mirror.apply(log.snapshot(), changes);
  mirror.apply(old, changes);
  CHECK(mirror.entries().empty());
  CHECK(changes.empty());
}

TEST_CASE("origin mirror: hiding removes every entry, and showing returns every entry") {
  origin_log log{1};
  log.join("t", "k", json::object());
  log.join("t", "l", json::object());
  presence_view view;
  presence_changes changes;
  origin_mirror mirror{1};
  mirror.apply(*log.since(0), changes);
  mirror.all_left(changes);
  for (const auto& x : changes)
    view.apply(x);
  CHECK(view.empty());
  changes.clear();
  mirror.all_joined(changes);
  for (const auto& x : changes)
    view.apply(x);
  CHECK(view.size("t") == 2);
  CHECK(view.footprint() > 2 * sizeof(presence_meta));
  changes.clear();
  mirror.all_left(changes);
  for (const auto& x : changes)
    view.apply(x);
  CHECK(view.footprint() == 0);
}

TEST_CASE(
  "presence: however batches are lost, repeated and delayed, mirrors are prefixes of the history and clients agree") {
  for (uint32_t seed = 0; seed < 60; ++seed) {
    std::mt19937 random{seed};
    origin_log log{seed, {.max_ops = 20, .max_bytes = 1 << 20}};
    std::vector<state> history{{}}; // the model: the entries after each op
    origin_mirror mirror{7};
    presence_view view;
    presence_window window;
    client someone;
    for (int i = 0; i < 300; ++i) {
      step(random, log);
      history.push_back(log.entries());
      presence_changes changes;
      const auto from = mirror.applied() - std::min<uint64_t>(mirror.applied(), random() % 3);
      if (random() % 3 == 0) // a batch arrives, perhaps with ops that have arrived before
        if (const auto ops = log.since(from))
          CHECK(mirror.apply(std::span{*ops}.first(random() % (ops->size() + 1)), changes)
                == origin_mirror::result::applied);
      if (random() % 40 == 0)
        mirror.apply(log.snapshot(), changes);
      for (const auto& x : changes) {
        view.apply(x);
        window.add(x);
      }
      REQUIRE(mirror.entries() == history[mirror.applied()]);
      if (random() % 5 == 0) {
        for (const auto& x : window.flush())
          someone.sync(x.body.value());
        someone.check(view.state("room:1").value());
      }
    }
    presence_changes changes;
    mirror.apply(log.snapshot(), changes);
    CHECK(mirror.digest() == log.digest());
    CHECK(mirror.entries() == log.entries());
  }
}
