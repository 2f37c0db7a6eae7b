// The rules of a join without an actor: for any inputs in any order, the invariants of `join_state` hold.
#include <algorithm>
#include <functional>
#include <ostream>
#include <set>
#include <vector>

#include <doctest/doctest.h>
#include <rapidcheck.h>

#include "actors/client/join_state.hpp"

using namespace bennu::engine;
namespace bennu::engine {

std::ostream& operator<<(std::ostream& out, join_input x) {
  return out << to_string(x);
}

std::ostream& operator<<(std::ostream& out, join_phase x) {
  return out << to_string(x);
}

} // namespace bennu::engine

namespace {

using on = join_input;
using does = join_effect;

/// A join, and the effects that were carried out.
struct lived_join {
  join_state state;
  std::vector<does> done;

  std::vector<does> apply(on x) {
    const auto effects = state.apply(x);
    done.insert(done.end(), effects.begin(), effects.end());
    return {effects.begin(), effects.end()};
  }

  auto count(does x) const { return std::count(done.begin(), done.end(), x); }
  auto count(std::initializer_list<does> xs) const {
    return std::count_if(done.begin(), done.end(),
                         [&](does y) { return std::find(xs.begin(), xs.end(), y) != xs.end(); });
  }
  auto answers() const { return count({does::answer_ok, does::answer_error, does::answer_crashed}); }
  auto ends_told() const { return count({does::send_close, does::send_error}); }

  /// The position of the first `x`; the end when there is none.
  auto at(does x) const { return std::find(done.begin(), done.end(), x); }
  bool before(does first, does second) const { return at(first) < at(second); }
};

rc::Gen<on> any_input() {
  return rc::gen::map(rc::gen::inRange<size_t>(0, join_input_count), [](size_t x) { return static_cast<on>(x); });
}

/// Inputs that lead to every phase.
const std::vector<std::vector<on>> ways = {
  {},
  {on::deferred},
  {on::accepted},
  {on::accepted, on::crashed},
  {on::accepted, on::crashed, on::deferred},
  {on::accepted, on::replaced},
  {on::accepted, on::replaced, on::successor_answered},
  {on::accepted, on::replaced, on::crashed},
  {on::deferred, on::replaced},
  {on::refused},
};

/// Random inputs, from a random phase on.
rc::Gen<std::vector<on>> any_inputs() {
  return rc::gen::map(rc::gen::pair(rc::gen::elementOf(ways), rc::gen::container<std::vector<on>>(any_input())),
                      [](auto x) {
                        x.first.insert(x.first.end(), x.second.begin(), x.second.end());
                        return x.first;
                      });
}

/// Checks `holds` for random inputs, and for every four inputs.
void whatever_happens(const std::function<bool(const std::vector<on>&)>& holds) {
  CHECK(rc::check([&] { RC_ASSERT(holds(*any_inputs())); }));
  constexpr size_t n = join_input_count;
  for (size_t i = 0; i < n * n * n * n; ++i) {
    const std::vector<on> inputs{static_cast<on>(i / (n * n * n)), static_cast<on>(i / (n * n) % n),
                                 static_cast<on>(i / n % n), static_cast<on>(i % n)};
    if (!holds(inputs))
      FAIL(rc::toString(inputs));
  }
}

/// The client disconnects, the channel's actor ends, and the join that replaced this one is answered. Then the join
/// must be over.
void finish(lived_join& x) {
  for (auto last : {on::hung_up, on::actor_gone, on::successor_answered})
    x.apply(last);
}

bool is_one_of(does x, std::initializer_list<does> xs) {
  return std::find(xs.begin(), xs.end(), x) != xs.end();
}

std::vector<does> none() {
  return {};
}

} // namespace

TEST_CASE("join: in any order of inputs it is answered at most once, and its end is sent at most once") {
  whatever_happens([](const std::vector<on>& inputs) {
    lived_join join;
    for (auto x : inputs) {
      join.apply(x);
      if (join.answers() > 1 || join.ends_told() > 1 || join.count(does::answer_leave) > 1)
        return false;
    }
    return join.ends_told() == 0
           || join.before(does::answer_ok, join.count(does::send_close) > 0 ? does::send_close : does::send_error);
  });
}

TEST_CASE("join: it gets no answer only when the client leaves, disconnects or rejoins before the decision") {
  whatever_happens([](const std::vector<on>& inputs) {
    lived_join join;
    std::set<on> before_the_decision;
    for (auto x : inputs) {
      if (join.answers() == 0)
        before_the_decision.insert(x);
      join.apply(x);
    }
    if (join.answers() == 0)
      before_the_decision.insert(on::hung_up);
    finish(join);
    return join.answers() == 1 || before_the_decision.contains(on::left) || before_the_decision.contains(on::hung_up)
           || before_the_decision.contains(on::replaced);
  });
}

TEST_CASE("join: after phx_close or phx_error only waiting items are answered, and terminate may push") {
  whatever_happens([](const std::vector<on>& inputs) {
    lived_join join;
    for (auto x : inputs)
      join.apply(x);
    const auto told = std::min(join.at(does::send_close), join.at(does::send_error));
    for (auto i = told == join.done.end() ? told : told + 1; i != join.done.end(); ++i)
      if (!is_one_of(*i, {does::unsubscribe, does::free_place, does::answer_waiting, does::terminate, does::end_actor}))
        return false;
    return true;
  });
}

TEST_CASE("join: after it was replaced nothing of it is sent before the new join's answer") {
  whatever_happens([](const std::vector<on>& inputs) {
    lived_join join;
    bool replaced = false, answered = false;
    for (auto x : inputs) {
      const bool was_over = join.state.is_over();
      const auto effects = join.apply(x);
      replaced = replaced || (x == on::replaced && !was_over && join.state.is_past());
      answered = answered || (replaced && x == on::successor_answered);
      if (!replaced || answered)
        continue;
      for (auto effect : effects)
        if (is_one_of(effect, {does::send_close, does::send_error, does::answer_ok, does::answer_error,
                               does::answer_crashed, does::answer_owed, does::release_held}))
          return false;
      if (join.state.voice() == join_voice::sent && join.state.phase() != join_phase::ended)
        return false;
    }
    return true;
  });
}

TEST_CASE(
  "join: when a joined client rejoins, the client receives what was held back, and phx_close after the channel's end") {
  whatever_happens([](const std::vector<on>& inputs) {
    lived_join join;
    join.apply(on::accepted);
    join.apply(on::replaced);
    for (auto x : inputs)
      join.apply(x);
    finish(join);
    return join.state.phase() == join_phase::ended && join.count(does::release_held) == 1
           && join.count(does::send_close) == 1 && join.before(does::release_held, does::send_close);
  });
}

TEST_CASE("join: its place is freed once, and its subscription ends at the same moment") {
  whatever_happens([](const std::vector<on>& inputs) {
    lived_join join;
    for (auto x : inputs) {
      const auto effects = join.apply(x);
      const bool freed = std::find(effects.begin(), effects.end(), does::free_place) != effects.end();
      if (join.count(does::free_place) > 1 || join.count(does::unsubscribe) > join.count(does::subscribe)
          || (freed && join.count(does::unsubscribe) != join.count(does::subscribe)))
        return false;
    }
    finish(join);
    return join.state.phase() == join_phase::ended && join.count(does::free_place) == 1
           && join.count(does::subscribe) == join.count(does::unsubscribe);
  });
}

TEST_CASE("join: its actor is told to end once, and terminate runs at most once and only after an ok") {
  whatever_happens([](const std::vector<on>& inputs) {
    lived_join join;
    for (auto x : inputs) {
      join.apply(x);
      if (join.count(does::end_actor) > 1 || join.count(does::terminate) > 1 || join.count(does::tell_replaced) > 1)
        return false;
    }
    if (join.count(does::terminate) == 0)
      return true;
    return join.before(does::answer_ok, does::terminate)
           && (join.count(does::end_actor) == 0 || join.before(does::terminate, does::end_actor));
  });
}

TEST_CASE("join: the connection and the earlier join learn of the decision, or of the end before it") {
  whatever_happens([](const std::vector<on>& inputs) {
    lived_join join;
    bool replaced_undecided = false;
    for (auto x : inputs) {
      join.apply(x);
      replaced_undecided = replaced_undecided || join.state.phase() == join_phase::silenced;
      if (join.state.phase() != join_phase::asked && join.count(does::resume_connection) == 0)
        return false;
    }
    finish(join);
    // The earlier join of one that was itself replaced before its decision waits for the newest.
    return join.count(does::release_former) == (replaced_undecided ? 0 : 1);
  });
}

TEST_CASE("join: owed replies are answered by a crash with a restart; otherwise the end of the topic is sent") {
  for (auto x : {on::crashed, on::given_up, on::stopped, on::told_to_exit, on::quit}) {
    CAPTURE(x);
    lived_join join;
    join.apply(on::accepted);
    join.apply(x);
    CHECK(join.count(does::answer_owed) + join.ends_told() == 1);
  }
}

TEST_CASE("join: a channel that stops or waits for work takes nothing; a replaced one ends immediately") {
  lived_join join;
  CHECK(join.state.takes() == join_takes::nothing);
  join.apply(on::accepted);
  CHECK(join.state.takes() == join_takes::everything);
  join.state.begin_work();
  CHECK(join.state.takes() == join_takes::nothing);
  join.apply(on::replaced);
  CHECK(join.state.takes() == join_takes::everything);
  join.state.end_work();
  join.state.ask_to_stop();
  CHECK(join.state.takes() == join_takes::nothing);
  CHECK(join.apply(on::stopped) == std::vector{does::terminate, does::end_actor});
  join.state.ask_to_stop();
  CHECK_FALSE(join.state.is_stopping());
}

TEST_CASE("join: a deferred one takes only an end, even while its channel waits for work") {
  lived_join join;
  CHECK(join.apply(on::deferred) == std::vector{does::resume_connection});
  CHECK(join.state.takes() == join_takes::ends);
  join.state.begin_work();
  CHECK(join.state.takes() == join_takes::ends);
}

TEST_CASE("join: a channel that has crashed neither works nor stops, and another one starts again") {
  for (const bool works : {false, true}) {
    lived_join join;
    join.apply(on::accepted);
    works ? join.state.begin_work() : join.state.ask_to_stop();
    join.apply(on::crashed);
    CHECK(join.state.takes() == join_takes::nothing);
    CHECK(join.apply(on::accepted) == std::vector{does::tell_restarted});
    CHECK(join.state.takes() == join_takes::everything);
  }
}

TEST_CASE("join: a decision after the client has rejoined changes nothing") {
  lived_join join;
  join.apply(on::deferred);
  join.apply(on::replaced);
  CHECK(join.apply(on::accepted) == none());
  CHECK(join.state.voice() == join_voice::dropped);
  CHECK(join.apply(on::gave_way) == std::vector{does::end_actor});
}

TEST_CASE("join: it can end from every phase") {
  std::set<join_phase> reached;
  for (auto& way : ways) {
    lived_join join;
    for (auto x : way)
      join.apply(x);
    reached.insert(join.state.phase());
    finish(join);
    CHECK(join.state.phase() == join_phase::ended);
  }
  CHECK(reached.size() == join_phase_count);
}

TEST_CASE("join: what the client missed follows the answer at once, and only an accepted join has any") {
  join_state accepted;
  const auto effects = accepted.apply(join_input::accepted);
  const auto answer = std::find(effects.begin(), effects.end(), join_effect::answer_ok);
  REQUIRE(effects.end() - answer > 1);
  CHECK(answer[1] == join_effect::recover);
  join_state refused;
  const auto others = refused.apply(join_input::refused);
  CHECK(std::find(others.begin(), others.end(), join_effect::recover) == others.end());
}
