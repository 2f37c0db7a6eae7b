#include "actors/client/channel_actor.hpp"

#include <algorithm>
#include <stdexcept>
#include <utility>

#include <caf/send.hpp>

#include "actors/client/connection_messages.hpp"
#include "actors/client/unit_services.hpp"
#include "supervision/process/activity.hpp"
#include "supervision/process/crash_report.hpp"
#include <bennu/actors/deferred_reply.hpp>
#include <bennu/actors/endpoint.hpp>
#include <bennu/supervision/telemetry.hpp>

namespace bennu::engine {

namespace {

// What `join` gets: a binary payload as nlohmann's binary value, nothing of one that is too deep for a value.
json join_params_of(const channel_join& x) {
  const auto& body = x.join_message().body;
  if (body.is_binary())
    return json::binary({body.bytes().begin(), body.bytes().end()});
  return body.has_value() ? body.value() : json(json::value_t::discarded);
}

payload why_refused(std::string_view text) {
  return json{{"reason", text}};
}

} // namespace

channel_actor::channel_actor(caf::actor_config& config, channel_join_ptr membership, start_cause cause)
  : process(config, membership->owner().unit().lane.unit), join_(std::move(membership)), cause_(std::move(cause)) {
  set_exit_handler([this](caf::exit_msg& x) {
    if (x.reason && !finished_)
      told_to_exit(x);
  });
}

std::string channel_actor::label() const {
  return join_ ? join_->route().name + " " + join_->topic() : std::string{"channel"};
}

caf::behavior channel_actor::make_behavior() {
  if (join_->current == channel_join::state::ended) {
    finished_ = true;
    quit();
    return {};
  }
  join_->actor = caf::actor_cast<caf::actor>(this);
  user_ = join_->route().make({*this, *join_});
  join_->route().learn_intercepted(user_->handle_out());
  auto info = user_->handle_info();
  follow(ask_to_join());
  if (finished_)
    return {};
  // By message, so that what `join` sent to itself comes first, as in Phoenix.
  if (!join_->waiting.empty())
    send(this, wake{});
  caf::message_handler own{
    [this](wake) { drain_inbox(); },
    [this](const deferred_answer& x) { handle_deferred(x); },
    [this](join_overdue) { overdue(); },
    [this](const late_event& x) { handle_late(x.message); },
  };
  started_ = true;
  become(info ? own.or_else(info) : own);
  hold_messages(blocked_); // `join` began work that blocks
  return {};
}

// -- beginning ----------------------------------------------------------------

// A first join that crashes is told to the client at once, which rejoins when it likes: reported, not repeated. After a
// restart it is a crash like any other.
join_result channel_actor::ask_to_join() {
  activity_scope busy{{&typeid(*user_), id(), join_->topic(), "phx_join"}};
  auto ask = [this] {
    fault_at(
      system(), [this] { return label(); }, "phx_join");
    return user_->join(join_params_of(*join_));
  };
  if (cause_.is_restart())
    return ask();
  try {
    return ask();
  } catch (const std::exception& x) {
    report_crash(*this, x.what());
  } catch (...) {
    report_crash(*this, "an exception that is not a std::exception");
  }
  return refuse{why_refused("join crashed")};
}

void channel_actor::follow(join_result decision) {
  if (auto* yes = std::get_if<accept>(&decision))
    return accepted(yes->response);
  if (auto* no = std::get_if<refuse>(&decision))
    return refused(no->response, "the join was refused after a restart");
  join_->defer();
  constexpr std::chrono::milliseconds longest = std::chrono::hours{24 * 365}; // what a clock of nanoseconds can add
  delayed_send(this, std::min(std::get<defer_join>(decision).within, longest), join_overdue{});
}

void channel_actor::decide_join(join_decision decision) {
  if (!join_->deciding)
    throw std::logic_error(join_->route().name + ": decide_join() follows a join that returned defer_join, once");
  join_->deciding = false;
  std::visit([this](auto& x) { follow(std::move(x)); }, decision);
  if (!finished_)
    send(this, wake{});
}

void channel_actor::overdue() {
  if (std::exchange(join_->deciding, false))
    refused(why_refused("join timed out"), "the join timed out after a restart");
}

void channel_actor::accepted(const payload& response) {
  if (cause_.is_restart())
    return user_->restarted(*cause_.crash);
  join_->accept(response);
  if (auto* hub = telemetry::listening(system()))
    hub->emit("channel.joined", {}, {{"channel", join_->route().name}, {"topic", join_->topic()}});
}

void channel_actor::refused(const payload& response, std::string_view why) {
  cause_.is_restart() ? join_->give_up(why) : join_->refuse(response);
  finished_ = true;
  quit();
}

// -- end ----------------------------------------------------------------------

void channel_actor::request_stop() {
  stop_requested_ = true;
  send(this, wake{});
}

void channel_actor::left(const client_message& leave) {
  join_->reply(leave.ref, "ok", {});
  if (join_->current == channel_join::state::joined)
    join_->announce_end("phx_close");
  finish(exits::shutdown("left"));
}

void channel_actor::stopped() {
  if (finished_)
    return;
  if (join_->current == channel_join::state::joining)
    return refused({}, {});
  join_->announce_end("phx_close");
  finish({});
}

// Like a process of Erlang's that traps no exits: what it is linked to takes it along, and its supervisor decides what comes next. The
// client hears of every end that is not its own doing.
void channel_actor::told_to_exit(const caf::exit_msg& x) {
  const auto pool = caf::actor_cast<caf::actor_addr>(join_->owner().unit().channels.get());
  if (is_abnormal(x.reason) && x.source != pool)
    return quit(x.reason);
  if (join_->current == channel_join::state::joining)
    join_->refuse(why_refused("join crashed"));
  else
    join_->announce_end("phx_error");
  finish(x.reason);
}

void channel_actor::finish(const caf::error& why) {
  if (std::exchange(finished_, true))
    return;
  const bool was_joined = join_->current == channel_join::state::joined;
  join_->end();
  if (user_ && was_joined)
    user_->terminate(why);
  quit(why);
}

// A channel that ended itself by `self()->quit()`, which no supervisor starts again: as if it had stopped.
void channel_actor::ended_by_itself() {
  finished_ = true;
  if (join_->current == channel_join::state::joining)
    return join_->refuse(why_refused("join crashed"));
  join_->announce_end("phx_close");
  join_->end();
  try {
    user_->terminate(fail_state_);
  } catch (const std::exception& x) {
    report_crash(*this, x.what());
  } catch (...) {
    report_crash(*this, "an exception that is not a std::exception");
  }
}

void channel_actor::on_exit() {
  const auto end = classify(fail_state_);
  if (join_ && user_ && !finished_ && !is_abnormal(end.kind))
    ended_by_itself();
  auto membership = std::exchange(join_, nullptr);
  user_.reset();
  if (!membership)
    return;
  membership->actor = nullptr;
  membership->deciding = false;
  if (!finished_)
    membership->actor_crashed(end.text);
  membership->actor_ended();
}

} // namespace bennu::engine
