#include "transport/io/connection_slot.hpp"

#include <memory>
#include <vector>

#include <doctest/doctest.h>
#include <rapidcheck.h>

using namespace bennu::engine;

namespace {

constexpr size_t kib = 1024;

struct client : buffer_holder {
  void on_shed(std::string_view limit) override {
    ++sheds;
    why = limit;
  }
  int sheds = 0;
  std::string why;
};

} // namespace

TEST_CASE("buffer_budget: when the budget is used up, the largest holder is cut off and the new one is served") {
  buffer_budget budget{100 * kib};
  buffer_list list{budget};
  client large, small, next;
  CHECK(list.hold(large, 60 * kib) == "");
  CHECK(list.hold(small, 30 * kib) == "");
  CHECK(list.hold(next, 20 * kib) == "");
  CHECK(large.sheds == 1);
  CHECK(large.held_bytes() == 0);
  CHECK(small.sheds == 0);
  CHECK(budget.used == 50 * kib);
}

TEST_CASE("buffer_budget: a holder that asks for more is refused when it is the largest, and no other is affected") {
  buffer_budget budget{100 * kib};
  buffer_list list{budget};
  client small, greedy;
  CHECK(list.hold(small, 30 * kib) == "");
  CHECK(list.hold(greedy, 70 * kib) == "");
  CHECK(list.hold(greedy, 71 * kib) == "buffers");
  CHECK(small.sheds + greedy.sheds == 0);
  greedy.release();
  CHECK(budget.used == 30 * kib);
}

TEST_CASE("buffer_budget: small buffers are neither counted nor refused") {
  buffer_budget budget{20 * kib};
  buffer_list list{budget};
  client large, tiny;
  CHECK(list.hold(large, 20 * kib) == "");
  CHECK(list.hold(tiny, buffer_list::small_bytes) == "");
  CHECK(tiny.held_bytes() == 0);
  CHECK(budget.used == 20 * kib);
}

TEST_CASE("buffer_budget: the lists of all io units share one budget, and a holder that ends gives its bytes back") {
  buffer_budget budget{100 * kib};
  buffer_list one{budget}, other{budget};
  client first;
  {
    client second;
    CHECK(one.hold(first, 60 * kib) == "");
    CHECK(other.hold(second, 40 * kib) == "");
    CHECK(other.hold(second, 41 * kib) == "buffers");
  }
  CHECK(budget.used == 60 * kib);
}

TEST_CASE("buffer_budget: an address that uses too much loses the largest of its own, and the others keep theirs") {
  buffer_budget budget{1000 * kib, 100 * kib};
  buffer_list list{budget};
  share office;
  client stranger, large, small, next;
  for (auto* x : {&large, &small, &next})
    x->count_for(&office);
  CHECK(list.hold(stranger, 500 * kib) == "");
  CHECK(list.hold(large, 60 * kib) == "");
  CHECK(list.hold(small, 30 * kib) == "");
  CHECK(list.hold(next, 20 * kib) == "");
  CHECK(large.why == "buffers_per_address");
  CHECK(large.held_bytes() == 0);
  CHECK(office.unfinished == 50 * kib);
  CHECK(list.hold(next, 90 * kib) == "buffers_per_address");
  CHECK(stranger.sheds + small.sheds == 0);
}

TEST_CASE("buffer_budget: the counted bytes equal the held ones, and never exceed the budget") {
  rc::check([](const std::vector<std::pair<uint8_t, uint8_t>>& steps) {
    buffer_budget budget{200 * kib};
    buffer_list list{budget};
    std::vector<std::unique_ptr<client>> clients;
    for (int i = 0; i < 8; ++i)
      clients.push_back(std::make_unique<client>());
    for (const auto& [who, size] : steps) {
      auto& x = *clients[who % clients.size()];
      const bool fits = list.hold(x, size * kib).empty();
      if (!fits)
        x.release();
      size_t sum = 0;
      for (auto& each : clients)
        sum += each->held_bytes();
      RC_ASSERT(budget.used == sum);
      RC_ASSERT(sum <= budget.max);
    }
  });
}

TEST_CASE("buffer_budget: what is unread is counted apart from what is unfinished, under names of its own") {
  buffer_budget unfinished{100 * kib, 50 * kib}, unread{100 * kib, 50 * kib, buffer_budget::unread};
  buffer_list incoming{unfinished}, outgoing{unread};
  share office;
  client in, out, more;
  for (auto* x : {&in, &out, &more})
    x->count_for(&office);
  CHECK(incoming.hold(in, 40 * kib) == "");
  CHECK(outgoing.hold(out, 40 * kib) == "");
  CHECK(office.unfinished == 40 * kib);
  CHECK(office.unread == 40 * kib);
  CHECK(outgoing.hold(more, 20 * kib) == "");
  CHECK(out.why == "unread_per_address");
  CHECK(in.sheds == 0);
  CHECK(outgoing.hold(more, 60 * kib) == "unread_per_address"); // all of them is its own
}

namespace {

/// Its memory is an estimate, until it counts again.
struct estimating_client : client {
  size_t recount() override { return really; }
  size_t really = 0;
};

} // namespace

TEST_CASE("buffer_budget: estimates are counted again before anybody is cut off") {
  buffer_budget budget{100 * kib, 0, buffer_budget::unread};
  buffer_list list{budget};
  estimating_client shares, greedy, next;
  shares.really = 5 * kib; // below `small_bytes`: it no longer counts
  greedy.really = 60 * kib;
  next.really = 30 * kib;
  CHECK(list.hold(shares, 60 * kib) == "");
  CHECK(list.hold(greedy, 60 * kib) == "");
  CHECK(shares.sheds + greedy.sheds == 0);
  CHECK(budget.used == 60 * kib);
  CHECK(list.hold(next, 50 * kib) == "");
  CHECK(budget.used == 90 * kib);
  next.really = 50 * kib;
  CHECK(list.hold(next, 50 * kib) == "");
  CHECK(greedy.sheds == 1);
  CHECK(next.sheds == 0);
  CHECK(budget.used == 50 * kib);
}

TEST_CASE(
  "buffer_budget: an io unit with less than its part of the estimates cuts nobody off; the one with more does") {
  buffer_budget budget{100 * kib, 0, buffer_budget::unread};
  buffer_list one{budget}, other{budget};
  estimating_client hog, small;
  hog.really = 90 * kib;
  small.really = 40 * kib;
  CHECK(one.hold(hog, 90 * kib) == "");
  CHECK(other.hold(small, 40 * kib) == "");
  CHECK(hog.sheds + small.sheds == 0);
  other.relieve();
  CHECK(small.sheds == 0);
  one.relieve();
  CHECK(hog.sheds == 1);
  CHECK(budget.used == 40 * kib);
  one.relieve();
  CHECK(hog.sheds == 1);
}
