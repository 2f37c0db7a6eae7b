#include <doctest/doctest.h>
#include <rapidcheck.h>

#include <string>
#include <vector>

#include "tests/supervision/tree_model.hpp"
#include "tests/supervision/tree_world.hpp"

using namespace bennu;
using namespace bennu::test;
using namespace std::chrono_literals;

namespace {

// -- random plans -----------------------------------------------------------------

template <class T>
T one_of(std::vector<T> choices) {
  return choices[*rc::gen::inRange<size_t>(0, choices.size())];
}

bool one_in(int n) {
  return *rc::gen::inRange(0, n) == 0;
}

restart_limit some_limit() {
  return {*rc::gen::inRange<size_t>(0, 4), one_of<std::chrono::milliseconds>({1s, 5s})};
}

plan some_child(const plan& parent, int depth, int& next_id);

plan some_supervisor(const std::string& id, int depth, int& next_id) {
  plan x;
  x.id = id;
  x.how = one_of<strategy>({one_for_one, one_for_all, rest_for_one});
  x.when =
    one_of<auto_shutdown>({auto_shutdown::never, auto_shutdown::any_significant, auto_shutdown::all_significant});
  x.limit = some_limit();
  x.sort = depth > 0 && one_in(5) ? node_sort::pool : node_sort::supervisor;
  const auto children = x.sort == node_sort::pool ? 0 : *rc::gen::inRange(depth == 0 ? 1 : 0, 5);
  for (auto i = 0; i < children; ++i)
    x.children.push_back(some_child(x, depth + 1, next_id));
  return x;
}

plan some_child(const plan& parent, int depth, int& next_id) {
  auto id = std::to_string(next_id++);
  plan x;
  if (depth < 3 && one_in(3))
    x = some_supervisor("s" + id, depth, next_id);
  else
    x.id = "w" + id;
  x.kept = one_of<restart>({restart::permanent, restart::transient, restart::temporary});
  x.is_significant = parent.when != auto_shutdown::never && x.kept != restart::permanent && *rc::gen::arbitrary<bool>();
  // OTP has no limit for one child, so the model says nothing of commands that wait for such a child.
  if ((parent.how == one_for_one || parent.sort == node_sort::pool) && one_in(4))
    x.own_limit = some_limit();
  return x;
}

// -- random histories ---------------------------------------------------------------

std::string described(const plan& x) {
  auto result = x.id
                + (x.kept == restart::permanent   ? " permanent"
                   : x.kept == restart::transient ? " transient"
                                                  : " temporary")
                + (x.is_significant ? " significant" : "") + (x.own_limit ? " limited" : "");
  if (x.sort == node_sort::worker)
    return result;
  result += " (" + to_string(x.how) + ", " + to_string(x.when) + (x.sort == node_sort::pool ? ", a pool" : "") + ")[";
  for (auto& child : x.children)
    result += described(child) + "; ";
  return result + "]";
}

/// The model and the running tree, to which the same things happen.
struct history {
  explicit history(const plan& x) : model(x), real(x) { RC_LOG() << described(x) << "\n" << model.text() << "\n"; }

  tree_model model;
  tree_world real;
  int next_id = 1000;

  void same_answer(const std::string& what, const std::string& expected, const std::string& got) {
    RC_LOG() << what << ": " << expected << "\n";
    RC_ASSERT(got == expected);
  }

  void end_a_worker() {
    auto workers = model.running(true);
    if (workers.empty())
      return;
    auto id = one_of(workers);
    auto order = one_of<std::string>({"crash", "stop", "leave", "kill"});
    RC_LOG() << order << " " << id << "\n";
    order == "kill" ? real.kill(id) : real.tell(id, order.c_str());
    real.world.settle();
    model.ended(id, order == "stop" ? exit_kind::normal : order == "leave" ? exit_kind::shutdown : exit_kind::crashed);
  }

  void kill_a_supervisor() {
    auto id = one_of(model.running(false));
    if (id == "top")
      return;
    RC_LOG() << "kill " << id << "\n";
    real.kill(id);
    real.world.settle();
    model.ended(id, exit_kind::killed);
  }

  void break_a_worker() {
    auto workers = model.running(true);
    if (workers.empty())
      return;
    auto id = one_of(workers);
    auto times = *rc::gen::inRange<size_t>(1, 4);
    RC_LOG() << id << " fails to start " << times << " times\n";
    model.fail_next(id, times);
    real.fail_next(id, times);
  }

  void let_time_pass() {
    auto time = one_of<std::chrono::milliseconds>({1ms, 999ms, 1s, 4s, 5s, 6s});
    RC_LOG() << time.count() << " ms\n";
    model.advance(time);
    real.world.advance(time);
  }

  void command() {
    auto supervisor = one_of(model.running(false));
    auto ids = model.children_of(supervisor);
    ids.push_back("nobody");
    auto id = one_of(ids);
    const auto what = *rc::gen::inRange(0, 4);
    if (what == 0)
      return start_a_child(supervisor);
    if (what == 1) {
      const bool by_actor = model.is_pool(supervisor);
      if (by_actor && id == "nobody")
        return;
      return same_answer("terminate " + id + " of " + supervisor, model.terminate_child(supervisor, id),
                         real.terminate_child(supervisor, id, by_actor));
    }
    if (what == 2)
      return same_answer("restart " + id + " of " + supervisor, model.restart_child(supervisor, id),
                         real.restart_child(supervisor, id));
    same_answer("delete " + id + " of " + supervisor, model.delete_child(supervisor, id),
                real.delete_child(supervisor, id));
  }

  void start_a_child(const std::string& supervisor) {
    plan x;
    x.id = "w" + std::to_string(next_id++);
    x.kept = one_of<restart>({restart::permanent, restart::transient, restart::temporary});
    if (one_in(5)) {
      model.fail_next(x.id, 1);
      real.fail_next(x.id, 1);
    }
    same_answer("start " + x.id + " of " + supervisor, model.start_child(supervisor, x),
                real.start_child(supervisor, x));
  }

  void step() {
    const auto what = *rc::gen::inRange(0, 10);
    what < 4    ? end_a_worker()
    : what == 4 ? kill_a_supervisor()
    : what == 5 ? break_a_worker()
    : what == 6 ? let_time_pass()
                : command();
  }

  void compare() {
    RC_ASSERT(real.is_alive() == model.is_alive());
    if (model.is_alive())
      RC_ASSERT(real.text() == model.text());
    RC_ASSERT(real.starts() == model.starts());
    RC_ASSERT(real.living_workers() == model.running(true).size());
  }
};

/// A hundred random histories, from small to large, this many times.
template <class Property>
bool always(int rounds, Property property) {
  while (rounds-- > 0)
    if (!rc::check(property))
      return false;
  return true;
}

} // namespace

TEST_CASE("supervision: after random events a random tree equals its model") {
  CHECK(always(5, [] {
    int next_id = 0;
    history x{some_supervisor("top", 0, next_id)};
    x.compare();
    const auto steps = *rc::gen::inRange(1, 25);
    for (auto i = 0; i < steps && x.model.is_alive(); ++i) {
      x.step();
      x.compare();
    }
  }));
}

// The model does not know the outcome of ends that race with each other, but it knows that no child is lost.
TEST_CASE("supervision: whatever happens at the same time, no child runs outside of the tree, and none is for ever on "
          "the way") {
  CHECK(always(5, [] {
    int next_id = 0;
    auto root = some_supervisor("top", 0, next_id);
    tree_world real{root};
    auto workers = tree_model{root}.running(true);
    auto supervisors = tree_model{root}.running(false);
    const auto storms = *rc::gen::inRange(1, 6);
    for (auto i = 0; i < storms; ++i) {
      const auto blows = *rc::gen::inRange(1, 8);
      for (auto j = 0; j < blows; ++j) {
        if (one_in(6))
          real.kill(one_of(supervisors));
        else if (!workers.empty())
          one_in(3) ? real.fail_next(one_of(workers), 1)
                    : real.tell(one_of(workers), one_of<const char*>({"crash", "stop", "leave"}));
        auto jobs = *rc::gen::inRange(0, 4); // this many jobs run before the next event
        real.world.step_until([&] { return jobs-- <= 0; });
      }
      real.world.advance(1s);
      const auto text = real.is_alive() ? real.text() : std::string{};
      RC_LOG() << text << "\n";
      for (auto* transient : {"starting", "stopping", "restarting"})
        RC_ASSERT(text.find(transient) == std::string::npos);
      RC_ASSERT(real.living_workers() == real.shown_workers());
    }
  }));
}
