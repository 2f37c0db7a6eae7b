#include "transport/publish/idempotency.hpp"

#include <map>
#include <random>
#include <string>
#include <vector>

#include <doctest/doctest.h>

using namespace bennu::engine;
using namespace std::chrono_literals;
using outcome = idempotency_table::answer;
using verdict = idempotency_table::verdict;

namespace {

const peer node_a{"a", 1}, node_b{"b", 2}, node_c{"c", 3};
const auto first_key = digest_of("key"), second_key = digest_of("other key"), one_body = digest_of("body"),
           another_body = digest_of("other");

/// A table with its time.
struct key_world {
  idempotency_table table{{.max_keys = 3}};
  idempotency_table::time_point now{};
  uint64_t claims = 0; ///< the number of the last claim

  verdict claim(const peer& who, const digest& k = first_key, const digest& what = one_body) {
    claims = table.next_claim();
    return table.claim(k, what, who, claims, now);
  }
  void done(uint64_t accepted = 1, const digest& k = first_key, std::chrono::milliseconds age = 0ms) {
    table.done({k, one_body, accepted, age}, now);
  }
  std::vector<idempotency_table::record> records() const {
    std::vector<idempotency_table::record> result;
    for (const auto& k : table.keys())
      if (const auto x = table.recall(k, now))
        result.push_back(*x);
    return result;
  }
  void pass(std::chrono::milliseconds time) {
    now += time;
    table.expire(now);
  }
};

} // namespace

TEST_CASE("idempotency: the first claim is granted, and what was done is repeated for five minutes") {
  key_world w;
  CHECK(w.claim(node_a) == verdict{outcome::granted});
  w.done(7);
  CHECK(w.claim(node_a) == verdict{outcome::repeated, 7});
  CHECK(w.claim(node_b) == verdict{outcome::repeated, 7});
  CHECK(w.table.find(first_key, one_body, w.now) == verdict{outcome::repeated, 7});
  CHECK_FALSE(w.table.find(second_key, one_body, w.now));
  w.pass(5min);
  CHECK(w.claim(node_a) == verdict{outcome::repeated, 7});
  w.pass(1ms);
  CHECK(w.table.empty());
  CHECK(w.claim(node_a) == verdict{outcome::granted});
}

TEST_CASE("idempotency: of claims at the same time one is granted, the others learn what it did") {
  key_world w;
  CHECK(w.claim(node_a) == verdict{outcome::granted});
  CHECK(w.claim(node_b) == verdict{outcome::waits});
  CHECK(w.claim(node_c) == verdict{outcome::waits});
  CHECK(w.table.take_settled().empty());
  w.done(2);
  CHECK(w.table.take_settled()
        == std::vector<idempotency_table::settled>{{2, {outcome::repeated, 2}}, {3, {outcome::repeated, 2}}});
}

TEST_CASE("idempotency: a key with another body is refused, while the first is carried out and afterwards") {
  key_world w;
  w.claim(node_a);
  CHECK(w.claim(node_b, first_key, another_body) == verdict{outcome::in_use});
  w.done();
  CHECK(w.claim(node_b, first_key, another_body) == verdict{outcome::mismatched});
  CHECK(w.claim(node_b, second_key, another_body) == verdict{outcome::granted});
}

TEST_CASE("idempotency: what a lost node held passes on, and its own claims are given up") {
  key_world w;
  w.claim(node_a);
  w.claim(node_b);
  w.claim(node_c);
  w.table.lost("b", w.now);
  CHECK(w.table.take_settled() == std::vector<idempotency_table::settled>{{2, {outcome::waits}}});
  w.table.lost("a", w.now);
  CHECK(w.table.take_settled() == std::vector<idempotency_table::settled>{{3, {outcome::granted}}});
  w.table.lost("c", w.now);
  CHECK(w.table.empty());
  CHECK(w.claim(node_a) == verdict{outcome::granted});
}

TEST_CASE("idempotency: a holder that takes longer than its lease loses the claim, to one that still waits for it") {
  key_world w;
  w.claim(node_a);
  w.claim(node_b);
  w.pass(6s);
  w.claim(node_c);
  w.pass(4s);
  CHECK(w.table.take_settled().empty());
  w.pass(1ms);
  CHECK(w.table.take_settled()
        == std::vector<idempotency_table::settled>{{2, {outcome::waits}}, {3, {outcome::granted}}});
}

TEST_CASE("idempotency: with too many keys a new one is refused, and what others did replaces the oldest") {
  key_world w;
  w.done(1, digest_of("1"), 2s);
  w.done(2, digest_of("2"), 3s);
  w.claim(node_a);
  CHECK(w.claim(node_b, second_key) == verdict{outcome::full});
  CHECK(w.claim(node_b) == verdict{outcome::waits});
  w.done(4, digest_of("4"));
  CHECK(w.table.size() == 3);
  CHECK_FALSE(w.table.find(digest_of("2"), one_body, w.now));
  CHECK(w.table.find(digest_of("1"), one_body, w.now));
  w.pass(5min - 2s + 1ms);
  CHECK(w.claim(node_b, second_key) == verdict{outcome::granted});
}

TEST_CASE("idempotency: a node that has just connected learns everything, with its age") {
  key_world w, late;
  w.done(1, digest_of("1"));
  w.pass(4min);
  w.done(2, digest_of("2"));
  late.claim(node_a, digest_of("2"));
  late.claim(node_b, digest_of("2"));
  for (const auto& x : w.records())
    late.table.done(x, late.now);
  CHECK(late.table.take_settled() == std::vector<idempotency_table::settled>{{2, {outcome::repeated, 2}}});
  late.pass(1min + 1ms);
  CHECK_FALSE(late.table.find(digest_of("1"), one_body, late.now));
  CHECK(late.table.find(digest_of("2"), one_body, late.now));
  w.pass(10min);
  CHECK(w.records().empty());
}

TEST_CASE("idempotency: a key that is used again just after its time is remembered from then on") {
  key_world w;
  w.claim(node_a);
  w.done(1);
  w.now += 5min + 1ms; // nothing has expired it yet
  CHECK_FALSE(w.table.find(first_key, one_body, w.now));
  CHECK(w.claim(node_a) == verdict{outcome::granted});
  w.done(2);
  w.done(1, first_key, 5min); // another node still tells the first use
  w.pass(0ms);
  CHECK(w.claim(node_a) == verdict{outcome::repeated, 2});
  w.pass(5min);
  CHECK(w.claim(node_a) == verdict{outcome::repeated, 2});
  w.pass(1ms);
  CHECK(w.table.empty());
}

TEST_CASE("idempotency: after a restart no old claim has a verdict, and only what this node held is free") {
  key_world w;
  w.claim(node_a);
  w.claim(node_b);
  w.claim(node_b, second_key);
  w.claim(node_a, second_key);
  const auto last = w.claims;
  w.table.restart("a");
  w.done(1, second_key);
  CHECK(w.table.take_settled().empty());
  CHECK(w.table.next_claim() > last);
  CHECK(w.claim(node_a) == verdict{outcome::granted});
  w.claim(node_b, digest_of("third"));
  w.table.restart("a");
  CHECK(w.claim(node_a, digest_of("third")) == verdict{outcome::waits});
}

TEST_CASE("idempotency: a full table says when the next key has a place, and whether it forgot one early") {
  key_world w;
  CHECK(w.table.until_free(0, w.now) == 10s);
  CHECK_FALSE(w.table.done({digest_of("1"), one_body, 1, 0ms}, w.now));
  CHECK_FALSE(w.table.done({digest_of("2"), one_body, 1, 1min}, w.now));
  CHECK_FALSE(w.table.done({digest_of("3"), one_body, 1, 2min}, w.now));
  CHECK(w.table.until_free(0, w.now) == 3min);
  CHECK(w.table.done({digest_of("4"), one_body, 1, 0ms}, w.now));
  CHECK(w.table.until_free(0, w.now) == 4min);
  w.now += 6min;
  CHECK(w.table.until_free(0, w.now) == 0ms);
}

TEST_CASE("idempotency: an owner that has many keys takes no place from the share of another one") {
  key_world w;
  w.table = idempotency_table{{.max_keys = 8, .owners = {1, 2}}}; // a share of two keys each, four for all
  const auto key = [](uint64_t owner, int n) { return idempotency_table::key_of(owner, std::to_string(n)); };
  for (int i = 0; i < 6; ++i)
    CHECK(w.claim(node_a, key(1, i)) == verdict{outcome::granted});
  CHECK(w.claim(node_a, key(1, 6)) == verdict{outcome::full});
  CHECK(w.claim(node_a, key(3, 0)) == verdict{outcome::full}); // it has no share
  CHECK(w.claim(node_a, key(2, 0)) == verdict{outcome::granted});
  CHECK(w.claim(node_a, key(2, 1)) == verdict{outcome::granted});
  CHECK(w.claim(node_a, key(2, 2)) == verdict{outcome::full});
  w.done(1, key(1, 0));
  w.now += 1s;
  CHECK(w.table.until_free(2, w.now) == 5min - 1s); // what the first one has beyond its share
  w.done(1, key(2, 0));
  CHECK(w.table.until_free(2, w.now) == 5min - 1s);
  CHECK(w.table.size() == 8);
}

TEST_CASE("idempotency: what other nodes did for one owner makes a node forget nothing of another one's share") {
  key_world w;
  w.table = idempotency_table{{.max_keys = 8, .owners = {1, 2}}};
  const auto key = [](uint64_t owner, int n) { return idempotency_table::key_of(owner, std::to_string(n)); };
  w.done(1, key(2, 0), 4min);
  w.done(1, key(2, 1), 3min);
  for (int i = 0; i < 100; ++i)
    w.done(1, key(1, i), std::chrono::seconds{100 - i});
  CHECK(w.table.size() == 8);
  for (int i = 0; i < 2; ++i)
    CHECK(w.table.find(key(2, i), one_body, w.now));
  for (int i = 94; i < 100; ++i)
    CHECK(w.table.find(key(1, i), one_body, w.now));
  w.done(1, key(2, 2)); // it has more than its share, too: the oldest one of both is forgotten
  CHECK(w.table.size() == 8);
  CHECK(w.table.find(key(2, 2), one_body, w.now));
  CHECK_FALSE(w.table.find(key(2, 0), one_body, w.now));
  CHECK(w.table.find(key(1, 94), one_body, w.now));
  w.pass(10min);
  CHECK(w.table.empty());
  CHECK(w.claim(node_a, key(1, 0)) == verdict{outcome::granted});
}

TEST_CASE("idempotency: a key tells its owner, and two owners never have the same one") {
  const auto x = idempotency_table::key_of(0x0123456789ABCDEF, "text");
  CHECK(idempotency_table::owner_of(x) == 0x0123456789ABCDEF);
  CHECK(x != idempotency_table::key_of(0x0123456789ABCDEE, "text"));
  CHECK(x != idempotency_table::key_of(0x0123456789ABCDEF, "other text"));
}

TEST_CASE("idempotency: whatever happens, one claim of a key is granted at a time, and each has one verdict") {
  struct hold {
    std::string node;
    idempotency_table::time_point until;
  };
  for (unsigned seed = 1; seed <= 50; ++seed) {
    CAPTURE(seed);
    std::minstd_rand random{seed};
    key_world w;
    std::map<uint64_t, std::pair<digest, std::string>> open; // claims without a verdict
    std::map<digest, hold> holds;
    const auto take = [&](uint64_t claim, const verdict& v) {
      const auto found = open.extract(claim);
      REQUIRE_FALSE(found.empty());
      const auto& [k, node] = found.mapped();
      const auto held = holds.find(k);
      if (v.what == outcome::granted) {
        const bool is_free = held == holds.end() || held->second.until < w.now;
        REQUIRE(is_free);
        holds[k] = {node, w.now + 10s};
      }
    };
    const std::vector<peer> nodes{node_a, node_b, node_c};
    for (int step = 0; step < 300; ++step) {
      const auto& who = nodes[random() % 3];
      const auto k = digest_of(std::to_string(random() % 4));
      switch (random() % 5) {
        case 0:
        case 1: {
          const auto v = w.claim(who, k);
          open[w.claims] = {k, who.name};
          if (v.what != outcome::waits)
            take(w.claims, v);
          break;
        }
        case 2:
          if (const auto held = holds.find(k); held != holds.end() && held->second.until >= w.now) {
            holds.erase(held);
            w.done(1, k);
          }
          break;
        case 3:
          std::erase_if(holds, [&](const auto& x) { return x.second.node == who.name; });
          w.table.lost(who.name, w.now);
          break;
        default:
          w.pass(std::chrono::milliseconds{random() % 3'000});
      }
      for (const auto& x : w.table.take_settled())
        take(x.claim, x.with);
      REQUIRE(w.table.size() <= 3);
    }
    w.pass(10min);
    for (const auto& x : w.table.take_settled())
      take(x.claim, x.with);
    w.pass(10min);
    w.table.take_settled();
    CHECK(w.table.empty());
  }
}
