// What supervisor_actor does when children end, and how it ends them.
#include <utility>

#include "supervision/children/reports.hpp"
#include "supervision/static/supervisor_actor.hpp"
#include <bennu/supervision/supervisor_error.hpp>

namespace bennu::engine {

void supervisor_actor::ended(const child_down& down) {
  auto* x = children_.find(down.key);
  if (!x || !x->has_actor())
    return;
  auto at = down.key.place;
  pending_.remove(x->actor);
  auto before = x->what;
  x->since = clock().now();
  if (before == state::starting) {
    failed_to_start(at, down.reason);
  } else {
    auto why = classify(down.reason);
    const auto* own = x->intensity ? &*x->intensity : nullptr;
    report_terminated(*this, x->recipe->id(), x->actor, why,
                      restarts_left(x->recipe->policy(), own, intensity_, x->since));
    if (before == state::running)
      ended_by_itself(at, std::move(why));
    else
      finish_stop(at, why);
  }
  step();
}

void supervisor_actor::ended_by_itself(place at, exit_info why) {
  auto recipe = children_.find(at)->recipe;
  auto& policy = recipe->policy();
  if (policy.restarts_after(why.kind))
    return restart_from(at, std::move(why));
  children_.rest(at);
  if (is_abnormal(why.kind))
    recipe->given_up(why);
  shut_down_if_significant(*recipe, why);
}

void supervisor_actor::shut_down_if_significant(const child_recipe& recipe, const exit_info& why) {
  if (!recipe.policy().is_significant || spec_.when() == auto_shutdown::never)
    return;
  if (spec_.when() == auto_shutdown::any_significant || !children_.any_significant_left())
    shut_down(ended_by(spec_.name(), recipe.id(), why, "auto_shutdown"));
}

void supervisor_actor::finish_stop(place at, const exit_info& why) {
  auto& x = *children_.find(at);
  if (!x.recipe->policy().may_stop_with(why.kind))
    report_shutdown_error(*this, x.recipe->id(), why);
  if (x.then == fate::start && !x.on_order)
    x.cause.crash = why;
  auto known = children_.finish_stop(at);
  if (!known || children_.find(at)->what == state::undefined)
    refuse_start(at, make_error(supervisor_error::shutting_down, "terminated during its start"));
  answer_ends(at);
}

void supervisor_actor::restart_from(place at, exit_info why) {
  auto& x = *children_.find(at);
  auto& own_limit = x.recipe->policy().limit;
  if (own_limit && !x.intensity)
    x.intensity.emplace(*own_limit);
  auto& counted = x.intensity ? *x.intensity : intensity_;
  auto now = clock().now();
  if (counted.add(now)) {
    report_restarted(*this, x.recipe->id(), why, counted.left(now));
    x.last_crash = to_string(why);
    x.cause.crash = std::move(why);
    children_.want(at);
    return children_.condemn_group_of(at);
  }
  auto recipe = x.recipe;
  children_.rest(at);
  report_given_up(*this, recipe->id(), why);
  recipe->given_up(why);
  if (recipe->policy().limit)
    shut_down_if_significant(*recipe, why);
  else
    shut_down(ended_by(spec_.name(), recipe->id(), why, "reached_max_restart_intensity"));
}

// -- stops --------------------------------------------------------------------

void supervisor_actor::stop(place at) {
  children_.set_stopping(at);
  auto& x = *children_.find(at);
  auto policy = x.recipe->policy().effective_shutdown();
  signal_exit(x.actor, policy.is_brutal() ? exits::kill() : exits::shutdown(), address());
  if (policy.is_brutal())
    delayed_send(this, grace_after_kill, static_message::time_over{children_.key_of(at), true});
  else if (!policy.is_infinite())
    delayed_send(this, policy.time(), static_message::time_over{children_.key_of(at), false});
}

void supervisor_actor::shut_down(caf::error reason) {
  if (ending_)
    return;
  ending_ = true;
  end_reason_ = std::move(reason);
  children_.condemn_all();
}

void supervisor_actor::over(const static_message::time_over& x) {
  auto* late = children_.find(x.key);
  if (!late || late->what != state::stopping)
    return;
  if (!x.was_killed) {
    signal_exit(late->actor, exits::kill(), address());
    delayed_send(this, grace_after_kill, static_message::time_over{x.key, true});
    return;
  }
  pending_.remove(late->actor);
  abandon(*this, late->recipe->id(), late->actor);
  late->since = clock().now();
  finish_stop(x.key.place, {exit_kind::killed, "it did not end: a zombie"});
  step();
}

} // namespace bennu::engine
