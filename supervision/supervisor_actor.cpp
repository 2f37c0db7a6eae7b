#include "supervision/supervisor_actor.hpp"

#include <algorithm>
#include <exception>
#include <utility>

#include "supervision/supervisor_events.hpp"

namespace bennu {

namespace {

/// How long a killed child may take to end before it counts as stuck for ever.
constexpr auto grace_after_kill = std::chrono::milliseconds{1000};

start_result call(const start_function& f, caf::event_based_actor* parent, const start_cause& cause) {
  try {
    return f(parent, cause);
  } catch (const std::exception& x) {
    return start_result::failed(exits::crash(x.what()));
  } catch (...) {
    return start_result::failed(exits::crash("an exception that is no std::exception"));
  }
}

} // namespace

supervisor_actor::supervisor_actor(caf::actor_config& cfg, supervisor_spec spec, caf::actor parent)
  : process(cfg), spec_(std::move(spec)), parent_(std::move(parent)), intensity_(spec_.limit()) {
  for (auto& x : spec_.children())
    children_.push_back({&x, nullptr, state::wanted, false, 0, {}, {}, {}, 0, {}});
  set_exit_handler([this](caf::exit_msg& x) {
    if (x.reason)
      shut_down(std::move(x.reason));
  });
}

caf::behavior supervisor_actor::make_behavior() {
  send(this, tree_message::proceed{round_});
  waiting_ = true;
  return {
    [this](const child_down& x) { ended(x); },
    [this](const child_ack& x) { acknowledged(x); },
    [this](const tree_message::time_over& x) { over(x); },
    [this](which_children_command) { return which(); },
    [this](count_children_command) { return count(); },
    [this](get_supervisor_command) {
      return supervisor_info{spec_.name(),         false,         spec_.how(),
                             auto_shutdown::never, spec_.limit(), intensity_.left(clock().now())};
    },
    [this](tree_message::proceed x) {
      if (x.round != round_)
        return;
      waiting_ = false;
      step();
    },
  };
}

void supervisor_actor::on_exit() {
  for (auto& x : children_) {
    if (x.actor) {
      unwatch(x.actor, address());
      signal_exit(x.actor, exits::kill(), address());
    }
  }
  children_.clear();
  parent_ = nullptr;
}

// -- what others may ask -----------------------------------------------------

std::vector<child_info> supervisor_actor::which() const {
  auto now = clock().now();
  std::vector<child_info> result;
  for (auto i = children_.rbegin(); i != children_.rend(); ++i) {
    auto& x = *i;
    auto seen = x.what == state::running    ? child_state::running
                : x.what == state::starting ? child_state::starting
                : x.what == state::resting  ? child_state::undefined
                : x.what == state::wanted   ? child_state::restarting
                                            : child_state::stopping;
    result.push_back({x.spec->id, x.actor, seen, x.spec->type, x.spec->restart_type, x.since, x.restarts,
                      (x.intensity ? *x.intensity : intensity_).left(now), x.last_crash});
  }
  return result;
}

child_counts supervisor_actor::count() const {
  child_counts result;
  for (auto& x : children_) {
    ++result.specs;
    result.active += x.actor ? 1 : 0;
    ++(x.spec->type == child_type::supervisor ? result.supervisors : result.workers);
  }
  return result;
}

// -- towards the goal ---------------------------------------------------------

void supervisor_actor::step() {
  if (!stop_step() || waiting_)
    return;
  if (ending_)
    return quit(std::move(end_reason_));
  start_step();
}

// Stops the last condemned child; true when no child is left to be stopped.
bool supervisor_actor::stop_step() {
  for (auto i = children_.rbegin(); i != children_.rend(); ++i) {
    if (i->what == state::stopping)
      return false;
    if (i->what != state::condemned)
      continue;
    i->what = state::stopping;
    auto policy = i->spec->effective_shutdown();
    auto key = child_key{static_cast<std::uint32_t>(i.base() - children_.begin() - 1), i->generation};
    signal_exit(i->actor, policy.is_brutal() ? exits::kill() : exits::shutdown(), address());
    if (policy.is_brutal())
      delayed_send(this, grace_after_kill, tree_message::time_over{key, true});
    else if (!policy.is_infinite())
      delayed_send(this, policy.time(), tree_message::time_over{key, false});
    return false;
  }
  return true;
}

// Starts the first wanted child, and those after it as long as each is ready at once.
void supervisor_actor::start_step() {
  for (std::size_t i = 0; i < children_.size() && !ending_ && !waiting_; ++i) {
    if (children_[i].what == state::starting)
      return;
    if (children_[i].what != state::wanted)
      continue;
    start(i);
    if (children_[i].what == state::starting)
      return;
  }
  if (booted_ || ending_ || waiting_)
    return;
  booted_ = true;
  if (parent_)
    acknowledge(this, parent_);
  parent_ = nullptr;
}

void supervisor_actor::start(std::size_t i) {
  using outcome = start_result::state;
  auto& x = children_[i];
  auto result = call(x.spec->start, this, x.cause);
  if (result.what() == outcome::ignored)
    return rest(x);
  if (result.what() == outcome::failed || !result.child())
    return failed_to_start(i, result.why() ? result.why() : exits::crash("the start function gave no actor"));
  x.actor = result.child();
  x.what = state::starting;
  watch(x.actor, address(), {static_cast<std::uint32_t>(i), ++x.generation});
  if (result.what() == outcome::ready)
    is_ready(x);
}

void supervisor_actor::is_ready(child& x) {
  x.what = state::running;
  x.cause = {};
  x.since = clock().now();
  report_started(*this, x.spec->id);
}

void supervisor_actor::failed_to_start(std::size_t i, caf::error why) {
  auto info = classify(why);
  report_start_failed(*this, children_[i].spec->id, info);
  if (!booted_)
    return shut_down(exits::shutdown("failed_to_start_child " + children_[i].spec->id + ": " + to_string(info)));
  restart_from(i, std::move(info));
  waiting_ = true; // the next try comes after whatever else waits in the mailbox
  send(this, tree_message::proceed{++round_});
}

// -- events -------------------------------------------------------------------

void supervisor_actor::ended(const child_down& down) {
  auto* x = find(down.key);
  if (!x)
    return;
  x->actor = nullptr;
  x->since = clock().now();
  auto why = classify(down.reason);
  auto before = std::exchange(x->what, x->wanted_after ? state::wanted : state::resting);
  x->wanted_after = false;
  if (before == state::starting) {
    failed_to_start(down.key.slot, down.reason ? down.reason : exits::crash("ended during its start"));
    return step();
  }
  report_terminated(*this, x->spec->id, why);
  if (before == state::running) {
    auto type = x->spec->restart_type;
    if (type == restart::permanent || (type == restart::transient && is_abnormal(why.kind)))
      restart_from(down.key.slot, std::move(why));
    else if (is_abnormal(why.kind) && x->spec->given_up)
      x->spec->given_up(why);
  }
  step();
}

void supervisor_actor::acknowledged(const child_ack& ack) {
  auto actor = caf::actor_cast<caf::actor>(current_sender());
  auto key = watched_as(actor, address());
  auto* x = key ? find(*key) : nullptr;
  if (!x || x->what != state::starting)
    return; // from an earlier life
  if (ack.what == child_ack::state::ready) {
    is_ready(*x);
    return step();
  }
  unwatch(actor, address());
  x->actor = nullptr;
  rest(*x);
  if (ack.what == child_ack::state::failed)
    failed_to_start(key->slot, ack.why ? ack.why : exits::crash("failed to start"));
  step();
}

void supervisor_actor::restart_from(std::size_t i, exit_info why) {
  auto& x = children_[i];
  if (x.spec->limit && !x.intensity)
    x.intensity.emplace(*x.spec->limit);
  auto& counted = x.intensity ? *x.intensity : intensity_;
  auto now = clock().now();
  if (!counted.add(now)) {
    rest(x);
    report_given_up(*this, x.spec->id, why);
    if (x.spec->given_up)
      x.spec->given_up(why);
    if (!x.intensity)
      shut_down(exits::shutdown("reached_max_restart_intensity"));
    return;
  }
  report_restarted(*this, x.spec->id, why, counted.left(now));
  x.what = state::wanted;
  ++x.restarts;
  x.last_crash = to_string(why);
  x.cause.crash = std::move(why);
  auto how = spec_.how();
  auto from = how == one_for_all ? 0 : i + 1;
  auto to = how == one_for_one ? i : children_.size();
  for (auto j = from; j < to; ++j)
    if (j != i)
      condemn(children_[j], children_[j].spec->restart_type != restart::temporary);
}

void supervisor_actor::condemn(child& x, bool restart) {
  if (x.what == state::running || x.what == state::starting)
    x.what = state::condemned;
  if (x.actor)
    x.wanted_after = restart;
  else if (!restart)
    rest(x);
  else
    x.what = state::wanted; // as in OTP, a group restart also starts those that had ended
}

void supervisor_actor::rest(child& x) {
  x.what = state::resting;
  x.cause = {};
}

// -- the way out --------------------------------------------------------------

void supervisor_actor::shut_down(caf::error reason) {
  if (ending_)
    return;
  ending_ = true;
  end_reason_ = std::move(reason);
  for (auto& x : children_)
    condemn(x, false);
  waiting_ = true; // callers may be in the middle of a step
  send<caf::message_priority::high>(this, tree_message::proceed{++round_});
}

void supervisor_actor::over(const tree_message::time_over& x) {
  auto* late = find(x.key);
  if (!late || late->what != state::stopping)
    return;
  if (!x.was_killed) {
    signal_exit(late->actor, exits::kill(), address());
    delayed_send(this, grace_after_kill, tree_message::time_over{x.key, true});
    return;
  }
  report_zombie(*this, late->spec->id);
  unwatch(late->actor, address());
  late->actor = nullptr;
  late->what = late->wanted_after ? state::wanted : state::resting;
  late->wanted_after = false;
  step();
}

supervisor_actor::child* supervisor_actor::find(child_key key) {
  if (key.slot >= children_.size())
    return nullptr;
  auto& x = children_[key.slot];
  return x.actor && x.generation == key.generation ? &x : nullptr;
}

} // namespace bennu
