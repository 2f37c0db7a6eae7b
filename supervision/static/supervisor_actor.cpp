#include "supervision/static/supervisor_actor.hpp"

#include <utility>

#include "supervision/children/replies.hpp"
#include "supervision/children/reports.hpp"
#include <bennu/supervision/supervisor_error.hpp>

namespace bennu::engine {

supervisor_actor::supervisor_actor(caf::actor_config& cfg, supervisor_spec spec, caf::actor parent)
  : process(cfg), spec_(std::move(spec)), parent_(std::move(parent)), children_(spec_.how()),
    intensity_(spec_.limit()) {
  for (auto& x : spec_.children())
    children_.add(make_recipe(x));
  set_exit_handler([this](caf::exit_msg& x) {
    if (x.reason) {
      shut_down(std::move(x.reason));
      step();
    }
  });
}

caf::behavior supervisor_actor::make_behavior() {
  send(this, tree_message::boot{});
  return {
    [this](const child_down& x) { ended(x); },
    [this](const child_ack& x) { acknowledged(x); },
    [this](const tree_message::time_over& x) { over(x); },
    [this](tree_message::boot) { step(); },
    [this](const tree_message::retry& x) {
      auto* child = children_.find(x.key);
      if (!child || child->what != state::restarting)
        return;
      restart_from(x.key.slot, *child->cause.crash);
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
  answer_all();
  parent_ = nullptr;
}

// -- towards the goal ---------------------------------------------------------

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
    booted();
}

void supervisor_actor::attempt(place at) {
  using outcome = start_result::state;
  auto key = children_.renew(at);
  auto& x = *children_.find(at);
  auto result = start_guarded(*x.recipe, this, x.cause);
  if (result.what() == outcome::ignored)
    return is_ignored(at, result.info());
  if (result.what() == outcome::failed)
    return failed_to_start(at, result.why());
  x.since = clock().now();
  children_.launched(at, result.child());
  watch(result.child(), address(), key);
  if (result.what() == outcome::ready)
    is_ready(at, result.info());
}

void supervisor_actor::is_ready(place at, caf::message info) {
  children_.is_running(at);
  auto& x = *children_.find(at);
  if (x.is_temporary())
    x.recipe->started_for_good();
  report_started(*this, x.recipe->id());
  answer_start(at, {x.actor, std::move(info)});
}

void supervisor_actor::is_ignored(place at, caf::message info) {
  children_.rest(at);
  answer_start(at, {nullptr, std::move(info)});
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
    return shut_down(exits::shutdown("failed_to_start_child " + id + ": " + to_string(info)));
  }
  x.since = clock().now();
  x.cause.crash = std::move(info);
  children_.will_retry(at);
  send(this, tree_message::retry{children_.key_of(at)}); // so that others are served between tries
}

void supervisor_actor::acknowledged(const child_ack& ack) {
  auto actor = caf::actor_cast<caf::actor>(current_sender());
  auto key = watched_as(actor, address());
  auto* x = key ? children_.find(*key) : nullptr;
  if (!x || x->what != state::starting)
    return; // from an earlier life, or from one that is to be stopped
  if (ack.what == child_ack::state::ready) {
    is_ready(key->slot, ack.info);
  } else {
    unwatch(actor, address());
    if (ack.what == child_ack::state::ignored)
      is_ignored(key->slot, ack.info);
    else
      failed_to_start(key->slot, ack.why);
  }
  step();
}

void supervisor_actor::booted() {
  booted_ = true;
  children_.set_independent();
  if (parent_)
    acknowledge(this, parent_);
  parent_ = nullptr;
  for (auto& command : std::exchange(deferred_, {}))
    command();
}

} // namespace bennu::engine
