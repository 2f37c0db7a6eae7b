#include "supervision/dynamic_supervisor_actor.hpp"

#include <set>
#include <utility>
#include <vector>

#include "supervision/supervisor_error.hpp"
#include "supervision/supervisor_events.hpp"
#include "supervision/telemetry.hpp"

namespace bennu {

namespace {

/// How long a killed child may take to end before it counts as stuck for ever.
constexpr auto grace_after_kill = std::chrono::milliseconds{1000};

exit_info failure_of(const caf::error& why) {
  auto info = classify(why);
  return info.kind == exit_kind::normal ? exit_info{exit_kind::crashed, "ended during its start"} : info;
}

} // namespace

dynamic_supervisor_actor::dynamic_supervisor_actor(caf::actor_config& cfg, dynamic_supervisor_options options)
  : process(cfg, options.unit), options_(std::move(options)), intensity_(options_.intensity) {
  set_exit_handler([this](caf::exit_msg& x) {
    if (x.reason)
      stop_all(std::move(x.reason));
  });
}

caf::behavior dynamic_supervisor_actor::make_behavior() {
  if (options_.announce)
    options_.announce(caf::actor{this});
  auto promise = [this] {
    return current_message_id().is_request() ? make_response_promise() : caf::response_promise{};
  };
  return {
    [this, promise](start_child_command& x) { start(std::move(x.recipe), promise()); },
    [this](const child_down& x) { ended(x); },
    [this](const child_ack& x) { acknowledged(x); },
    [this, promise](const terminate_child_command& x) { terminate(x.whom, promise()); },
    [this](which_children_command) { return which(); },
    [this](count_children_command) { return count(); },
    [this](get_supervisor_command) {
      return supervisor_info{
        options_.name, true, one_for_one, auto_shutdown::never, options_.intensity, intensity_.left(clock().now())};
    },
    [this](const pool_message::retry& x) {
      if (!stopping_ && children_.find(x.key))
        launch_child(x.key, start_cause{x.why});
    },
    [this](const pool_message::time_over& x) { over(x); },
  };
}

void dynamic_supervisor_actor::on_exit() {
  children_.for_each([this](child_key, entry& x) {
    if (x.child) {
      unwatch(x.child, address());
      signal_exit(x.child, stopping_ ? exits::shutdown() : exits::kill(), address());
    }
  });
  children_ = {};
  promises_.clear();
  options_.announce = nullptr;
}

// -- commands -----------------------------------------------------------------

void dynamic_supervisor_actor::start(child_recipe_ptr recipe, caf::response_promise promise) {
  if (stopping_ || children_.size() >= options_.max_children) {
    auto why = stopping_ ? supervisor_error::shutting_down : supervisor_error::max_children;
    if (promise.pending())
      promise.deliver(make_error(why));
    else
      recipe->given_up({stopping_ ? exit_kind::shutdown : exit_kind::crashed, to_string(why)});
    return;
  }
  auto key = children_.add(std::move(recipe));
  if (promise.pending())
    promises_.emplace(key.slot, std::move(promise));
  launch_child(key, {});
}

void dynamic_supervisor_actor::terminate(const child_ref& whom, caf::response_promise promise) {
  auto* child = std::get_if<caf::actor>(&whom);
  auto key = child ? watched_as(*child, address()) : std::nullopt;
  auto* x = key ? children_.find(*key) : nullptr;
  if (!x || x->what == state::stopping) {
    if (promise.pending())
      promise.deliver(make_error(child ? supervisor_error::not_found : supervisor_error::dynamic_children));
    return;
  }
  if (auto starter = take_promise(*key); starter.pending())
    starter.deliver(make_error(supervisor_error::shutting_down, "terminated during its start"));
  if (promise.pending())
    promises_.emplace(key->slot, std::move(promise));
  tell_to_stop(*x);
  arm({x->recipe->policy().effective_shutdown().time(), x->recipe->policy().effective_shutdown().is_brutal(), key});
}

std::vector<child_info> dynamic_supervisor_actor::which() {
  auto now = clock().now();
  std::vector<child_info> result;
  result.reserve(children_.size());
  children_.for_each([&](child_key, entry& x) {
    auto& policy = x.recipe->policy();
    auto seen = x.what == state::running      ? child_state::running
                : x.what == state::starting   ? child_state::starting
                : x.what == state::restarting ? child_state::restarting
                                              : child_state::stopping;
    child_info info{x.recipe->id(), x.child, seen, policy.type, policy.restart_type, x.since, 0, 0, {}};
    info.restarts_left = policy.limit ? policy.limit->max_restarts : intensity_.left(now);
    if (x.past) {
      info.restarts = x.past->restarts;
      info.last_crash = x.past->last_crash;
      if (x.past->intensity)
        info.restarts_left = x.past->intensity->left(now);
    }
    result.push_back(std::move(info));
  });
  return result;
}

child_counts dynamic_supervisor_actor::count() {
  child_counts result;
  children_.for_each([&](child_key, entry& x) {
    ++result.specs;
    result.active += x.child ? 1 : 0;
    ++(x.recipe->policy().type == child_type::supervisor ? result.supervisors : result.workers);
  });
  return result;
}

// -- what happens to children -------------------------------------------------

void dynamic_supervisor_actor::launch_child(child_key key, const start_cause& cause) {
  auto recipe = children_.find(key)->recipe; // the table may grow while it runs
  start_result result = start_result::ignore();
  try {
    result = recipe->start(this, cause);
  } catch (const std::exception& x) {
    result = start_result::failed(exits::crash(x.what()));
  } catch (...) {
    result = start_result::failed(exits::crash("an exception that is no std::exception"));
  }
  adopt(key, std::move(result));
}

void dynamic_supervisor_actor::adopt(child_key key, start_result&& result) {
  using outcome = start_result::state;
  if (result.what() == outcome::failed)
    return not_started(key, failure_of(result.why()), result.why());
  if (result.what() == outcome::ignored)
    return not_started(key, {}, {});
  if (!result.child())
    return not_started(key, {exit_kind::crashed, "the start function gave no actor"},
                       exits::crash("the start function gave no actor"));
  auto& x = *children_.find(key);
  x.child = result.child();
  x.what = state::starting;
  watch(x.child, address(), key);
  if (result.what() == outcome::ready)
    started(key);
}

void dynamic_supervisor_actor::started(child_key key) {
  auto& x = *children_.find(key);
  x.what = state::running;
  x.was_running = true;
  x.since = clock().now();
  if (telemetry::listening(system()))
    report_started(*this, x.recipe->id());
  if (auto promise = take_promise(key); promise.pending())
    promise.deliver(child_started{x.child, {}});
}

// `why` is a normal end when the start function said `ignore`.
void dynamic_supervisor_actor::not_started(child_key key, exit_info why, caf::error answer) {
  auto& x = *children_.find(key);
  auto failed = why.kind != exit_kind::normal;
  if (failed)
    report_start_failed(*this, x.recipe->id(), why);
  if (x.was_running && failed)
    return restart_child(key, std::move(why)); // counts again, and is tried again
  auto promise = take_promise(key);
  auto recipe = x.recipe;
  forget(key);
  if (promise.pending() && failed)
    promise.deliver(answer ? std::move(answer) : exits::crash(why.text));
  else if (promise.pending())
    promise.deliver(child_started{});
  else if (failed)
    recipe->given_up(why);
}

void dynamic_supervisor_actor::acknowledged(const child_ack& ack) {
  auto child = caf::actor_cast<caf::actor>(current_sender());
  auto key = watched_as(child, address());
  auto* x = key ? children_.find(*key) : nullptr;
  if (!x || x->what != state::starting)
    return; // from an earlier life
  if (ack.what == child_ack::state::ready)
    return started(*key);
  unwatch(child, address());
  x->child = nullptr;
  if (ack.what == child_ack::state::ignored)
    not_started(*key, {}, {});
  else
    not_started(*key, failure_of(ack.why), ack.why);
}

void dynamic_supervisor_actor::ended(const child_down& down) {
  auto* x = children_.find(down.key);
  if (!x)
    return;
  x->child = nullptr;
  x->since = clock().now();
  auto why = classify(down.reason);
  if (x->what == state::stopping) {
    report_terminated(*this, x->recipe->id(), why);
    auto promise = take_promise(down.key);
    forget(down.key);
    if (promise.pending())
      promise.deliver(caf::unit);
    return quit_when_empty();
  }
  if (x->what == state::starting)
    return not_started(down.key, failure_of(down.reason), down.reason);
  report_terminated(*this, x->recipe->id(), why);
  auto type = x->recipe->policy().restart_type;
  if (type == restart::permanent || (type == restart::transient && is_abnormal(why.kind)))
    restart_child(down.key, std::move(why));
  else if (is_abnormal(why.kind))
    give_up(down.key, why);
  else
    forget(down.key);
}

void dynamic_supervisor_actor::restart_child(child_key key, exit_info why) {
  auto& x = *children_.find(key);
  const auto own_limit = x.recipe->policy().limit; // a copy: giving up may free the recipe
  if (!x.past)
    x.past = std::make_unique<child_table::history>();
  if (own_limit && !x.past->intensity)
    x.past->intensity.emplace(*own_limit);
  auto& intensity = own_limit ? *x.past->intensity : intensity_;
  auto now = clock().now();
  if (!intensity.add(now)) {
    give_up(key, why);
    if (!own_limit)
      stop_all(exits::shutdown("reached_max_restart_intensity"));
    return;
  }
  report_restarted(*this, x.recipe->id(), why, intensity.left(now));
  ++x.past->restarts;
  x.past->last_crash = to_string(why);
  auto failed_to_start = x.what != state::running;
  auto next = children_.renew(key);
  x.what = state::restarting;
  if (failed_to_start)
    send(this, pool_message::retry{next, std::move(why)}); // so that others are served between tries
  else
    launch_child(next, start_cause{std::move(why)});
}

void dynamic_supervisor_actor::give_up(child_key key, const exit_info& why) {
  auto recipe = children_.find(key)->recipe;
  forget(key);
  report_given_up(*this, recipe->id(), why);
  recipe->given_up(why);
}

void dynamic_supervisor_actor::forget(child_key key) {
  children_.remove(key);
}

caf::response_promise dynamic_supervisor_actor::take_promise(child_key key) {
  if (promises_.empty())
    return {};
  auto node = promises_.extract(key.slot);
  return node.empty() ? caf::response_promise{} : std::move(node.mapped());
}

// -- the way out --------------------------------------------------------------

void dynamic_supervisor_actor::tell_to_stop(entry& x) {
  x.what = state::stopping;
  auto brutal = x.recipe->policy().effective_shutdown().is_brutal();
  signal_exit(x.child, brutal ? exits::kill() : exits::shutdown(), address());
}

void dynamic_supervisor_actor::arm(pool_message::time_over what) {
  if (what.was_killed)
    what.time = grace_after_kill;
  if (what.time != std::chrono::milliseconds::max())
    delayed_send(this, what.time, what);
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
    forget(key);
  for (auto time : times)
    arm({time, false, {}});
  if (any_brutal)
    delayed_send(this, grace_after_kill, pool_message::time_over{std::chrono::milliseconds{0}, true, {}});
  quit_when_empty();
}

void dynamic_supervisor_actor::quit_when_empty() {
  if (stopping_ && children_.size() == 0)
    quit(std::move(stop_reason_));
}

void dynamic_supervisor_actor::over(const pool_message::time_over& which) {
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
    delayed_send(this, grace_after_kill, pool_message::time_over{which.time, true, {}});
  quit_when_empty();
}

void dynamic_supervisor_actor::kill_or_leave(child_key key, entry& x, bool was_killed) {
  if (!was_killed)
    return signal_exit(x.child, exits::kill(), address());
  report_zombie(*this, x.recipe->id());
  unwatch(x.child, address());
  auto promise = take_promise(key);
  forget(key);
  if (promise.pending())
    promise.deliver(caf::unit);
}

} // namespace bennu
