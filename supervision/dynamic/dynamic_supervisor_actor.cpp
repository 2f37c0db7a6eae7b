#include "supervision/dynamic/dynamic_supervisor_actor.hpp"

#include <utility>

#include <caf/make_message.hpp>
#include <caf/typed_response_promise.hpp>

#include "supervision/children/parent.hpp"
#include "supervision/children/reports.hpp"
#include <bennu/supervision/supervisor_error.hpp>
#include <bennu/supervision/telemetry.hpp>

namespace bennu::engine {

dynamic_supervisor_actor::dynamic_supervisor_actor(caf::actor_config& cfg, dynamic_supervisor_options options)
  : process(cfg, options.unit), options_(std::move(options)), parent_(cfg), intensity_(options_.intensity) {
  obey_parent_alone(*this, cfg, [this](caf::error reason) { stop_all(std::move(reason)); });
  if (options_.announce) // here, so that whoever has seen it start finds it
    options_.announce(caf::actor{this});
}

caf::behavior dynamic_supervisor_actor::make_behavior() {
  return {
    [this](start_child_command& x) { start(std::move(x.recipe), promise_for(*this)); },
    [this](const child_down& x) { ended(x); },
    [this](const child_ack& x) { acknowledged(x); },
    [this](const terminate_child_command& x) { terminate(x.whom, promise_for(*this)); },
    [this](dynamic_message::retry& x) {
      if (!stopping_ && children_.find(x.key))
        restart_child(x.key, std::move(x.why));
    },
    [this](const dynamic_message::time_over& x) { over(x); },
    [this](which_children_command) { return which(); },
    [this](const list_children_command& x) { return part_of(x); },
    [this](count_children_command) { return count(); },
    [this](const get_childspec_command& x) { return spec_of(x.whom); },
    [this](get_supervisor_command) { return info(); },
    [](const restart_child_command&) -> caf::result<child_started> {
      return make_error(supervisor_error::dynamic_children);
    },
    [](const delete_child_command&) -> caf::result<caf::unit_t> {
      return make_error(supervisor_error::dynamic_children);
    },
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
  pending_.clear();
  for (auto& [place, asker] : std::exchange(promises_, {}))
    answer(asker, make_error(supervisor_error::shutting_down));
  options_.announce = nullptr;
}

// -- starts -------------------------------------------------------------------

void dynamic_supervisor_actor::attempt(child_key key, start_cause cause) {
  using outcome = start_result::state;
  auto recipe = children_.find(key)->recipe;
  cause.extra = options_.extra_arguments;
  auto result = start_guarded(*recipe, this, cause);
  if (result.what() == outcome::failed)
    return failed_to_start(key, result.why());
  if (result.what() == outcome::ignored)
    return mark_ignored(key, {result.child(), result.info()});
  auto& x = *children_.find(key);
  if (x.was_running)
    ++x.known_past().restarts;
  x.child = result.child();
  x.what = state::starting;
  x.since = clock().now();
  watch(x.child, address(), key);
  if (result.what() == outcome::pending)
    pending_.add(x.child, key);
  else if (result.what() == outcome::ready)
    mark_ready(key, result.info());
}

void dynamic_supervisor_actor::mark_ready(child_key key, caf::message info) {
  auto& x = *children_.find(key);
  x.what = state::running;
  x.was_running = true;
  if (x.recipe->policy().restart_type == restart::temporary)
    x.recipe->started_for_good();
  if (telemetry::listening(system()))
    report_started(*this, x.recipe->id());
  auto asker = take_promise(key);
  answer(asker, child_started{x.child, std::move(info)});
}

// Forgets the child, as OTP does, even when it was restarting, because a pool keeps no spec.
void dynamic_supervisor_actor::mark_ignored(child_key key, child_started what) {
  auto asker = take_promise(key);
  children_.remove(key);
  answer(asker, std::move(what));
}

void dynamic_supervisor_actor::failed_to_start(child_key key, const caf::error& why) {
  auto& x = *children_.find(key);
  auto info = start_failure(why);
  report_start_failed(*this, x.recipe->id(), info);
  if (x.was_running) {
    x.what = state::restarting;
    auto next = children_.renew(key);
    return send(this, dynamic_message::retry{next, std::move(info)}); // so that others are served between tries
  }
  auto asker = take_promise(key);
  auto recipe = x.recipe;
  children_.remove(key);
  if (asker.pending())
    asker.deliver(why ? why : exits::crash(info.text));
  else
    recipe->given_up(info);
}

void dynamic_supervisor_actor::acknowledged(const child_ack& ack) {
  auto key = pending_.take(current_sender());
  auto* x = key ? children_.find(*key) : nullptr;
  if (!x || x->what != state::starting)
    return; // an earlier start of the child, or one that is being stopped
  if (ack.what == child_ack::state::ready)
    return mark_ready(*key, ack.info);
  unwatch(x->child, address());
  x->child = nullptr;
  if (ack.what == child_ack::state::ignored)
    mark_ignored(*key, {nullptr, ack.info});
  else
    failed_to_start(*key, ack.why);
}

// -- ends ---------------------------------------------------------------------

void dynamic_supervisor_actor::ended(const child_down& down) {
  auto* x = children_.find(down.key);
  if (!x)
    return;
  pending_.remove(x->child);
  if (x->what == state::starting) {
    x->child = nullptr;
    return failed_to_start(down.key, down.reason);
  }
  auto why = classify(down.reason);
  const auto* own = x->past && x->past->intensity ? &*x->past->intensity : nullptr;
  report_terminated(*this, x->recipe->id(), x->child, why,
                    restarts_left(x->recipe->policy(), own, intensity_, clock().now()));
  if (x->what == state::stopping)
    finish_stop(down.key, why);
  else
    ended_by_itself(down.key, std::move(why));
}

void dynamic_supervisor_actor::ended_by_itself(child_key key, exit_info why) {
  auto& x = *children_.find(key);
  auto& policy = x.recipe->policy();
  if (policy.restarts_after(why.kind)) {
    x.known_past().was = x.child->address();
    x.child = nullptr;
    return restart_child(key, std::move(why));
  }
  auto significant = policy.is_significant;
  auto id = significant ? x.recipe->id() : std::string{};
  if (is_abnormal(why.kind))
    give_up(key, why);
  else
    children_.remove(key);
  if (significant)
    significant_ended(id, why);
}

void dynamic_supervisor_actor::significant_ended(const std::string& id, const exit_info& why) {
  if (options_.when == auto_shutdown::any_significant
      || (options_.when == auto_shutdown::all_significant && children_.significant() == 0))
    stop_all(ended_by(options_.name, id, why, "auto_shutdown"));
}

void dynamic_supervisor_actor::restart_child(child_key key, exit_info why) {
  auto& x = *children_.find(key);
  auto& past = x.known_past();
  const auto own_limit = x.recipe->policy().limit; // a copy: giving up may free the recipe
  if (own_limit && !past.intensity)
    past.intensity.emplace(*own_limit);
  auto& intensity = own_limit ? *past.intensity : intensity_;
  auto now = clock().now();
  if (!intensity.add(now)) {
    const auto significant = x.recipe->policy().is_significant;
    const auto id = x.recipe->id();
    give_up(key, why);
    if (!own_limit)
      stop_all(ended_by(options_.name, id, why, "reached_max_restart_intensity"));
    else if (significant)
      significant_ended(id, why);
    return;
  }
  report_restarted(*this, x.recipe->id(), why, intensity.left(now));
  past.last_crash = to_string(why);
  x.since = now;
  x.what = state::restarting;
  attempt(children_.renew(key), {std::move(why), {}});
}

void dynamic_supervisor_actor::give_up(child_key key, const exit_info& why) {
  auto recipe = children_.find(key)->recipe;
  children_.remove(key);
  report_given_up(*this, recipe->id(), why);
  recipe->given_up(why);
}

} // namespace bennu::engine
