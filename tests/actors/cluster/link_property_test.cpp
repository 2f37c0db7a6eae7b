#include <ostream>

#include <doctest/doctest.h>
#include <rapidcheck.h>

#include "tests/actors/cluster/link_pair.hpp"

using namespace bennu;
using namespace std::chrono_literals;

namespace {

struct step {
  unsigned what;
  unsigned which;
};

std::ostream& operator<<(std::ostream& out, step x) {
  return out << '(' << x.what << ", " << x.which << ')';
}

void apply(test::link_pair& pair, step x, bool datagrams, uint64_t& lives) {
  auto& from = x.which % 2 == 0 ? pair.a : pair.b;
  auto& to = x.which % 2 == 0 ? pair.b : pair.a;
  const auto index = x.which / 2;
  switch (x.what) {
    case 0:
    case 1:
    case 2:
      return pair.send(from, index % 5 == 0 ? 300'000 : index % 50);
    case 3:
    case 4:
    case 5:
    case 6:
      return pair.deliver(from, to, datagrams && index % 3 == 0 ? index : 0);
    case 7:
      return pair.pass(std::chrono::milliseconds{50 + index % 400});
    case 8: // a datagram is lost, or the path loses everything from here on
      if (!from.out.empty())
        from.out.erase(from.out.begin() + static_cast<std::ptrdiff_t>(index % from.out.size()),
                       datagrams ? from.out.begin() + static_cast<std::ptrdiff_t>(index % from.out.size()) + 1
                                 : from.out.end());
      return;
    case 9: // a datagram arrives twice
      if (datagrams && !from.out.empty())
        from.out.push_back(from.out[index % from.out.size()]);
      return;
    case 10: // this side notices that the path is broken
      from.session.disconnected("cut");
      return pair.collect();
    case 11:
      if (!from.session.is_connected())
        from.session.connected(pair.now);
      return pair.collect();
    case 12: // the node restarts
      if (index % 8 != 0)
        return;
      from.session.disconnected("the end of this life");
      pair.collect();
      from.session = from.make(++lives);
      from.session.connected(pair.now);
      from.seen.clear();
      from.queue.clear();
      from.out.clear(); // a new life uses a new path
      return pair.collect();
    default:
      return;
  }
}

void holds(bool datagrams) {
  CHECK(rc::check([=] {
    const auto steps = *rc::gen::container<std::vector<step>>(rc::gen::build<step>(
      rc::gen::set(&step::what, rc::gen::inRange(0U, 13U)), rc::gen::set(&step::which, rc::gen::inRange(0U, 4000U))));
    test::link_pair pair;
    uint64_t lives = 100;
    pair.connect();
    pair.deliver_all();
    for (auto x : steps)
      apply(pair, x, datagrams, lives);
    for (auto* end : {&pair.a, &pair.b})
      if (!end->session.is_connected())
        end->session.connected(pair.now);
    pair.collect();
    pair.heal();
    RC_ASSERT(test::broken(pair.a.seen) == std::nullopt);
    RC_ASSERT(test::broken(pair.b.seen) == std::nullopt);
    RC_ASSERT(pair.a.session.is_up());
    RC_ASSERT(pair.b.session.is_up());
    RC_ASSERT(pair.a.session.session() == pair.b.session.peer_session());
    RC_ASSERT(pair.b.session.session() == pair.a.session.peer_session());
    RC_ASSERT(pair.a.session.in_flight() == 0U);
    const auto before = pair.b.seen.size();
    pair.send(pair.a);
    pair.heal();
    RC_ASSERT(pair.b.seen.size() == before + 1);
  }));
}

} // namespace

TEST_CASE("link session: whatever a TCP-like path cuts, no block arrives twice, out of order or after a gap, and both "
          "sides agree after healing") {
  holds(false);
}

TEST_CASE("link session: whatever happens to datagrams, no block arrives twice, out of order or after a gap, and both "
          "sides agree after healing") {
  holds(true);
}
