#include "actors/client/channel_actor.hpp"

#include <algorithm>
#include <stdexcept>
#include <utility>

#include <caf/send.hpp>
#include <nlohmann/json.hpp>

#include "actors/client/connection_messages.hpp"
#include "actors/client/unit_services.hpp"
#include "supervision/process/activity.hpp"
#include "supervision/process/crash_report.hpp"
#include <bennu/actors/endpoint.hpp>
#include <bennu/actors/reply.hpp>

namespace bennu::engine {

namespace {

// The params for `join`: a binary payload becomes nlohmann's binary value, one that is nested too deep becomes
// `discarded`.
json join_params_of(const channel_join& x) {
  const auto& body = x.join_message().body;
  if (body.is_binary())
    return json::binary({body.bytes().begin(), body.bytes().end()});
  return body.has_value() ? body.value() : json(json::value_t::discarded);
}

payload why_refused(std::string_view text) {
  return json{{"reason", text}};
}

bool contains(join_effects all, join_effect x) {
  return std::find(all.begin(), all.end(), x) != all.end();
}

} // namespace

channel_actor::channel_actor(caf::actor_config& config, channel_join_ptr membership, start_cause cause)
  : process(config, membership->owner().unit().lane.unit), join_(std::move(membership)), cause_(std::move(cause)) {
  set_exit_handler([this](caf::exit_msg& x) {
    if (x.reason && !join_->state.is_finished())
      told_to_exit(x);
  });
}

size_t channel_actor::own_bytes() const noexcept {
  return user_ ? user_->memory() : 0;
}

size_t channel_actor::memory() const noexcept {
  return own_bytes() + (join_ ? join_->waiting_bytes() : 0);
}

std::string channel_actor::label() const {
  return join_ ? join_->route().name + " " + join_->topic() : std::string{"channel"};
}

caf::behavior channel_actor::make_behavior() {
  if (join_->state.is_over()) {
    quit();
    return {};
  }
  join_->actor = caf::actor_cast<caf::actor>(this);
  if (!cause_.is_restart() && join_->waits_for_histories(join_->actor)) {
    join_->advance(join_input::deferred);
    return {
      [this](wake) { drain_inbox(); },
      [this](history_caught_up) {
        if (join_->state.is_undecided())
          begin();
      },
    };
  }
  begin();
  return {};
}

// Creates the channel and asks it. Before that only an end is handled.
void channel_actor::begin() {
  user_ = join_->route().make({*this, *join_});
  join_->route().learn_intercepted(user_->handle_out());
  caf::message_handler own{
    [this](wake) { drain_inbox(); },
    [this](const deferred_answer& x) { handle_deferred(x); },
    [this](join_overdue) { overdue(); },
    [this](const late_event& x) { handle_late(x.message); },
  };
  const auto info = user_->handle_info();
  become(info ? own.or_else(info) : own); // before `join`, which may start blocking work
  if (auto decision = ask_to_join())
    follow(std::move(*decision));
  // As a message, so that messages which `join` sent to itself come first, as in Phoenix.
  if ((!join_->waiting.empty() || join_->has_missed_something()) && !join_->state.is_finished())
    send(this, wake{});
}

// -- start --------------------------------------------------------------------

// A crash of the first `join` refuses the join immediately, and the client may retry: it is reported, but there is no
// restart. After a restart it is a crash like any other. @returns nothing after a crash.
std::optional<join_result> channel_actor::ask_to_join() {
  activity_scope busy{{&typeid(*user_), id(), join_->topic(), "phx_join"}};
  std::optional<trace_scope> traced;
  if (join_->span)
    traced.emplace(join_->span->context());
  auto ask = [this] {
    fault_at(
      system(), [this] { return label(); }, "phx_join");
    return user_->join(join_params_of(*join_));
  };
  if (cause_.is_restart())
    return ask();
  try {
    return ask();
  } catch (...) {
    report_crash(*this, exception_text());
  }
  join_->advance(join_input::given_up);
  quit();
  return {};
}

void channel_actor::follow(join_result decision) {
  if (auto* yes = std::get_if<accept>(&decision))
    return accepted(yes->response);
  if (auto* no = std::get_if<refuse>(&decision))
    return refused(no->response, "the join was refused after a restart");
  join_->advance(join_input::deferred);
  constexpr std::chrono::milliseconds longest = std::chrono::hours{24 * 365}; // so that the clock cannot overflow
  send_after(std::min(std::get<defer_join>(decision).within, longest), join_overdue{});
}

void channel_actor::decide_join(join_decision decision) {
  if (join_->state.is_past())
    return;
  if (!join_->state.is_undecided())
    throw std::logic_error(join_->route().name + ": decide_join() follows a join that returned defer_join, once");
  std::visit([this](auto& x) { follow(std::move(x)); }, decision);
  if (!join_->state.is_finished())
    send(this, wake{});
}

void channel_actor::overdue() {
  if (join_->state.is_undecided())
    refused(why_refused("join timed out"), "the join timed out after a restart");
}

void channel_actor::accepted(const payload& response) {
  const auto effects = join_->advance(join_input::accepted, {.response = response});
  if (contains(effects, join_effect::tell_restarted))
    return user_->restarted(*cause_.crash);
}

void channel_actor::refused(const payload& response, std::string_view why_after_restart) {
  const auto effects = join_->advance(join_input::refused, {.response = response, .crash_text = why_after_restart});
  if (contains(effects, join_effect::end_actor))
    quit();
}

// -- end ----------------------------------------------------------------------

void channel_actor::request_stop() {
  join_->state.ask_to_stop();
  send(this, wake{});
}

void channel_actor::end(join_input how, const caf::error& why, std::string_view leave_ref) {
  const auto effects = join_->advance(how, {.leave_ref = leave_ref});
  if (contains(effects, join_effect::terminate))
    user_->terminate(why);
  if (contains(effects, join_effect::end_actor))
    quit(why);
}

// Like a channel of Phoenix, which does not trap exits: an abnormal signal ends this actor, whether it is that of a
// linked actor or somebody sends it (`exit/2`), and its supervisor decides about a restart.
void channel_actor::told_to_exit(const caf::exit_msg& x) {
  const auto pool = caf::actor_cast<caf::actor_addr>(join_->owner().unit().channels.get());
  if (is_abnormal(x.reason) && x.source != pool)
    return quit(x.reason);
  end(join_input::told_to_exit, x.reason);
}

// The actor ends already, so that an exception of `terminate` is only reported.
void channel_actor::ended_by_itself() {
  try {
    end(join_input::quit, fail_state_);
  } catch (...) {
    report_crash(*this, exception_text());
  }
}

void channel_actor::on_exit() {
  if (!join_)
    return;
  const auto why = classify(fail_state_);
  if (user_ && !is_abnormal(why.kind))
    ended_by_itself();
  user_.reset();
  const auto membership = std::exchange(join_, nullptr);
  membership->actor = nullptr;
  if (is_abnormal(why.kind))
    membership->actor_crashed(why.text);
  membership->advance(join_input::actor_gone);
}

} // namespace bennu::engine
