#include "supervision/static/supervisor_actor.hpp"

#include <utility>

#include "supervision/children/parent.hpp"
#include "supervision/children/reports.hpp"
#include <bennu/supervision/supervisor_error.hpp>

namespace bennu::engine {

supervisor_actor::supervisor_actor(caf::actor_config& cfg, supervisor_spec spec, std::function<void()> on_boot)
  : process(cfg), spec_(std::move(spec)), parent_(cfg), on_boot_(std::move(on_boot)), children_(spec_.how()),
    intensity_(spec_.limit()) {
  for (auto& x : spec_.children())
    children_.add(make_recipe(x));
  obey_parent_alone(*this, cfg, [this](caf::error reason) {
    shut_down(std::move(reason));
    step();
  });
}

caf::behavior supervisor_actor::make_behavior() {
  send(this, static_message::boot{});
  return {
    [this](const child_down& x) { ended(x); },
    [this](const child_ack& x) { acknowledged(x); },
    [this](const static_message::time_over& x) { over(x); },
    [this](static_message::boot) { step(); },
    [this](const static_message::retry& x) {
      auto* child = children_.find(x.key);
      if (!child || child->what != state::restarting)
        return;
      restart_from(x.key.place, *child->cause.crash);
      step();
    },
    [this](const start_child_command& x) {
      when_booted([this, recipe = x.recipe, asker = promise_for(*this)] { start_child(recipe, asker); });
    },
    [this](const terminate_child_command& x) {
      when_booted([this, whom = x.whom, asker = promise_for(*this)] { terminate_child(whom, asker); });
    },
    [this](const restart_child_command& x) {
      when_booted([this, id = x.id, asker = promise_for(*this)] { restart_child(id, asker); });
    },
    [this](const delete_child_command& x) {
      when_booted([this, id = x.id, asker = promise_for(*this)] { delete_child(id, asker); });
    },
    [this](which_children_command) { return which(); },
    [this](const list_children_command& x) { return part_of(x); },
    [this](count_children_command) { return count(); },
    [this](const get_childspec_command& x) { return spec_of(x.whom); },
    [this](get_supervisor_command) { return info(); },
  };
}

void supervisor_actor::on_exit() {
  for (auto& [at, x] : children_.all()) {
    if (x.actor) {
      unwatch(x.actor, address());
      signal_exit(x.actor, exits::kill(), address());
    }
  }
  ending_ = true;
  children_ = static_children{spec_.how()};
  pending_.clear();
  answer_all();
  on_boot_ = nullptr;
}

// -- starts and stops in order ------------------------------------------------

void supervisor_actor::step() {
  while (auto at = children_.next_to_stop())
    stop(*at);
  if (ending_) {
    if (children_.at_rest())
      quit(std::move(end_reason_));
    return;
  }
  while (auto at = children_.next_to_start())
    attempt(*at);
  if (ending_)
    return step();
  if (!booted_ && children_.at_rest())
    finish_boot();
  if (!waiting_.empty())
    run_waiting();
}

void supervisor_actor::attempt(place at) {
  using outcome = start_result::state;
  auto key = children_.renew(at);
  auto& x = *children_.find(at);
  auto result = start_guarded(*x.recipe, this, x.cause);
  if (result.what() == outcome::ignored)
    return mark_ignored(at, {result.child(), result.info()});
  if (result.what() == outcome::failed)
    return failed_to_start(at, result.why());
  x.since = clock().now();
  children_.set_starting(at, result.child());
  watch(result.child(), address(), key);
  if (result.what() == outcome::pending)
    pending_.add(result.child(), key);
  else if (result.what() == outcome::ready)
    mark_ready(at, result.info());
}

void supervisor_actor::mark_ready(place at, caf::message info) {
  children_.set_running(at);
  auto& x = *children_.find(at);
  if (x.is_temporary())
    x.recipe->started_for_good();
  report_started(*this, x.recipe->id());
  answer_start(at, {x.actor, std::move(info)});
}

void supervisor_actor::mark_ignored(place at, child_started what) {
  children_.rest(at);
  answer_start(at, std::move(what));
}

void supervisor_actor::failed_to_start(place at, const caf::error& why) {
  auto& x = *children_.find(at);
  auto id = x.recipe->id();
  auto info = start_failure(why);
  report_start_failed(*this, id, info);
  if (x.on_order)
    return refuse_start(at, why ? why : exits::crash(info.text));
  if (!booted_) {
    children_.rest(at);
    return shut_down(ended_by(spec_.name(), id, info, "failed_to_start_child"));
  }
  x.since = clock().now();
  x.cause.crash = std::move(info);
  children_.retry_later(at);
  send(this, static_message::retry{children_.key_of(at)}); // so that others are served between tries
}

void supervisor_actor::acknowledged(const child_ack& ack) {
  auto key = pending_.take(current_sender());
  auto* x = key ? children_.find(*key) : nullptr;
  if (!x || x->what != state::starting)
    return; // an earlier start of the child, or one that is being stopped
  if (ack.what == child_ack::state::ready) {
    mark_ready(key->place, ack.info);
  } else {
    unwatch(x->actor, address());
    if (ack.what == child_ack::state::ignored)
      mark_ignored(key->place, {nullptr, ack.info});
    else
      failed_to_start(key->place, ack.why);
  }
  step();
}

void supervisor_actor::finish_boot() {
  booted_ = true;
  children_.set_independent();
  parent_.acknowledge(this);
  if (auto told = std::exchange(on_boot_, nullptr))
    told();
  for (auto& command : std::exchange(deferred_, {}))
    command();
}

} // namespace bennu::engine
