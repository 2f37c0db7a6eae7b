// How dynamic_supervisor_actor stops one child, or all in parallel: one deadline for each distinct shutdown time.
#include <set>
#include <utility>
#include <vector>

#include <caf/typed_response_promise.hpp>

#include "supervision/children/reports.hpp"
#include "supervision/dynamic/dynamic_supervisor_actor.hpp"

namespace bennu::engine {

void dynamic_supervisor_actor::tell_to_stop(entry& x) {
  x.what = state::stopping;
  auto brutal = x.recipe->policy().effective_shutdown().is_brutal();
  signal_exit(x.child, brutal ? exits::kill() : exits::shutdown(), address());
}

void dynamic_supervisor_actor::arm(dynamic_message::time_over what) {
  if (what.was_killed)
    what.time = grace_after_kill;
  if (what.time != std::chrono::milliseconds::max())
    delayed_send(this, what.time, what);
}

void dynamic_supervisor_actor::finish_stop(child_key key, const exit_info& why) {
  auto recipe = children_.find(key)->recipe;
  if (!recipe->policy().may_stop_with(why.kind))
    report_shutdown_error(*this, recipe->id(), why);
  auto asker = take_promise(key);
  children_.remove(key);
  answer(asker, caf::unit);
  quit_when_empty();
}

void dynamic_supervisor_actor::stop_all(caf::error reason) {
  if (stopping_)
    return;
  stopping_ = true;
  stop_reason_ = std::move(reason);
  std::set<std::chrono::milliseconds> times;
  auto any_brutal = false;
  std::vector<child_key> without_actor;
  children_.for_each([&](child_key key, entry& x) {
    if (!x.child)
      return without_actor.push_back(key);
    if (x.what != state::stopping)
      tell_to_stop(x);
    auto policy = x.recipe->policy().effective_shutdown();
    any_brutal = any_brutal || policy.is_brutal();
    if (!policy.is_brutal())
      times.insert(policy.time());
  });
  for (auto key : without_actor)
    children_.remove(key);
  for (auto time : times)
    arm({time, false, {}});
  if (any_brutal)
    delayed_send(this, grace_after_kill, dynamic_message::time_over{std::chrono::milliseconds{0}, true, {}});
  quit_when_empty();
}

void dynamic_supervisor_actor::quit_when_empty() {
  if (stopping_ && children_.size() == 0)
    quit(std::move(stop_reason_));
}

void dynamic_supervisor_actor::over(const dynamic_message::time_over& which) {
  if (which.key) {
    if (auto* x = children_.find(*which.key); x && x->what == state::stopping)
      kill_or_leave(*which.key, *x, which.was_killed);
    if (!which.was_killed && children_.find(*which.key))
      arm({which.time, true, which.key});
    return quit_when_empty();
  }
  auto late = false;
  children_.for_each([&](child_key key, entry& x) {
    auto policy = x.recipe->policy().effective_shutdown();
    if (which.was_killed ? policy.is_brutal() || policy.time() <= which.time : policy.time() == which.time) {
      late = true;
      kill_or_leave(key, x, which.was_killed);
    }
  });
  if (late && !which.was_killed)
    delayed_send(this, grace_after_kill, dynamic_message::time_over{which.time, true, {}});
  quit_when_empty();
}

void dynamic_supervisor_actor::kill_or_leave(child_key key, entry& x, bool was_killed) {
  if (!was_killed)
    return signal_exit(x.child, exits::kill(), address());
  pending_.remove(x.child);
  abandon(*this, x.recipe->id(), x.child);
  finish_stop(key, {exit_kind::killed, "it did not end: a zombie"});
}

} // namespace bennu::engine
