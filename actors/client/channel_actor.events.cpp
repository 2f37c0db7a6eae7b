// The work of a channel between its join and its end: events, injected faults, deferred replies, blocking work.
#include <chrono>
#include <optional>
#include <stdexcept>
#include <utility>

#include <caf/actor_clock.hpp>
#include <caf/send.hpp>
#include <nlohmann/json.hpp>

#include "actors/client/channel_actor.hpp"
#include "actors/client/client_spans.hpp"
#include "actors/client/connection_messages.hpp"
#include "supervision/process/activity.hpp"
#include "supervision/process/crash_report.hpp"

namespace bennu::engine {

namespace {

// How many items are handled in a row before other actors of the unit run.
constexpr int items_per_turn = 50;

} // namespace

// -- events -------------------------------------------------------------------

void channel_actor::drain_inbox() {
  if (join_->state.is_stopping())
    return end(join_input::stopped, {});
  if (join_->has_missed_something() && !join_->state.is_working())
    return end(join_input::told_to_exit, exits::shutdown("history"));
  for (int n = 0; join_->may_take(); ++n) {
    if (n == items_per_turn) {
      send(this, wake{});
      return;
    }
    handle(join_->take());
  }
}

void channel_actor::handle(channel_item item) {
  switch (item.kind) {
    case channel_item::type::event:
      return handle_event(item.message);
    case channel_item::type::intercepted:
      handle_intercepted(item.message);
      if (item.placed)
        join_->tell_position(*item.placed);
      return;
    case channel_item::type::passed:
      return join_->pass_on(*item.placed);
    case channel_item::type::leave:
      return end(join_input::left, exits::shutdown("left"), item.message.ref);
    case channel_item::type::replaced:
      return end(join_input::gave_way, exits::shutdown("replaced"));
    case channel_item::type::socket_closed:
      return end(join_input::hung_up, exits::shutdown("closed"));
  }
}

void channel_actor::handle_event(const client_message& message) {
  if (auto* hub = telemetry::listening(system(), frequent_event::channel_handled_in))
    handle_measured(message, *hub);
  else
    conclude(&message.ref, call_handler(message));
}

void channel_actor::handle_measured(const client_message& message, telemetry& hub) {
  const auto* by = hub.tracer();
  const auto span =
    by != nullptr ? span_of_event(*by, *join_, message, user_->handle_in().find(message.event) != nullptr) : nullptr;
  std::optional<trace_scope> traced;
  if (span)
    traced.emplace(span->context());
  const auto begin = clock().now();
  const auto tell = [&](std::string_view result) {
    const auto took = std::chrono::duration_cast<std::chrono::microseconds>(clock().now() - begin).count();
    const auto number = std::to_string(join_->owner().number());
    hub.emit(frequent_event::channel_handled_in,
             {{"duration_us", took}, {"bytes", static_cast<int64_t>(message.body.bytes().size())}},
             {{"channel", join_->route().name},
              {"topic", join_->topic()},
              {"event", message.event},
              {"result", result},
              {"connection", number},
              {"socket", join_->owner().id()}});
  };
  std::optional<reply> answer;
  try {
    answer = call_handler(message);
  } catch (...) {
    tell("crash");
    if (span)
      end_with(*span, "crash", exception_text());
    throw;
  }
  tell(result_of(*answer));
  if (span)
    end_with(*span, result_of(*answer), {});
  conclude(&message.ref, *answer);
}

void channel_actor::conclude(const raw_ref* ref, const reply& answer) {
  if (answer.kind() != reply::status::none && ref == nullptr)
    throw std::logic_error(
      join_->route().name
      + " returned a reply to what no client asked: return reply::none() from handle_out and handle_info");
  if (answer.kind() != reply::status::none)
    join_->reply(*ref, to_string(answer.kind()), answer.response());
  if (answer.stops())
    join_->state.ask_to_stop();
  if (join_->state.is_stopping())
    end(join_input::stopped, {});
}

reply channel_actor::call_handler(const client_message& message) try {
  auto fault = fault_at(
    system(), [this] { return label(); }, message.event);
  return fault ? suffer(*fault, message) : run_handler(message);
} catch (...) {
  event_crashed(message);
  throw;
}

void channel_actor::event_crashed(const client_message& message) {
  current_ = nullptr;
  crashed_in_ =
    std::make_unique<message_note>(message_note{message.event, static_cast<int64_t>(message.body.bytes().size())});
  if (!join_->owes(message.ref)) // a crash answers all owed replies
    join_->event_crashed(message.ref);
}

reply channel_actor::run_handler(const client_message& message) {
  auto* run = user_->handle_in().find(message.event);
  if (run == nullptr)
    throw std::logic_error(join_->route().name + " has no handler for event \"" + message.event
                           + "\": list it in handle_in()");
  current_ = &message;
  activity_scope busy{{&typeid(*user_), id(), join_->topic(), message.event}};
  auto answer = (*run)(*user_, message.body);
  current_ = nullptr;
  return answer;
}

// An event that a fault delays is owed a reply meanwhile, so that a crash answers it.
reply channel_actor::suffer(const fault_rule& rule, const client_message& message) {
  if (rule.what == fault_action::delay) {
    join_->owe(message.ref);
    delayed_send(this, rule.time, late_event{message});
  }
  return reply::none();
}

void channel_actor::handle_late(const client_message& message) try {
  if (!join_->state.is_finished() && join_->settle(message.ref))
    conclude(&message.ref, run_handler(message));
} catch (...) {
  event_crashed(message);
  throw;
}

process::message_note channel_actor::last_message() {
  return crashed_in_ ? *crashed_in_ : process::last_message();
}

void channel_actor::handle_intercepted(const client_message& message) {
  auto* run = user_->handle_out().find(message.event);
  if (run == nullptr)
    return;
  if (fault_at(
        system(), [this] { return label(); }, message.event))
    return;
  activity_scope busy{{&typeid(*user_), id(), join_->topic(), message.event}};
  conclude(nullptr, (*run)(*user_, message.body));
}

void channel_actor::handle_deferred(const deferred_answer& x) {
  if (join_->settle(x.ref) && x.answer.kind() != reply::status::none)
    join_->reply(x.ref, to_string(x.answer.kind()), x.answer.response());
}

deferred_reply channel_actor::defer() {
  if (current_ == nullptr)
    throw std::logic_error("defer() answers an event: call it inside of a handle_in handler");
  join_->owe(current_->ref);
  return {caf::actor_cast<caf::actor>(this), current_->ref};
}

// -- blocking work ------------------------------------------------------------

reply channel_actor::block(const blocking_pool& pool, blocking_job job, std::function<reply()> then) {
  if (join_->state.is_working())
    throw std::logic_error(join_->route().name
                           + ": one blocking() at a time; begin the second inside of the first one's `then`");
  join_->state.begin_work();
  hold_messages();
  if (const auto* by = telemetry::tracer_of(system()); by != nullptr && trace_context::current().is_valid())
    trace_work(*by, *join_, job.work, then);
  auto ref = current_ != nullptr ? std::optional{current_->ref} : std::nullopt;
  if (ref) // until the work is done, so that a crash meanwhile answers the event
    join_->owe(*ref);
  request(pool.handle(), caf::infinite, std::move(job))
    .then([this, ref, then = std::move(then)] { unblocked(ref, then); },
          [this, ref](const caf::error& why) { not_unblocked(ref, why); });
  return reply::none();
}

void channel_actor::unblocked(const std::optional<raw_ref>& ref, const std::function<reply()>& then) {
  join_->state.end_work();
  keep_unhandled(false);
  unbecome();
  if (join_->state.is_finished())
    return;
  if (ref)
    join_->settle(*ref);
  conclude_work(ref, then);
  if (!join_->state.is_finished())
    send(this, wake{});
}

void channel_actor::conclude_work(const std::optional<raw_ref>& ref, const std::function<reply()>& then) try {
  client_message asked;
  asked.ref = ref.value_or(raw_ref{});
  current_ = ref ? &asked : nullptr;
  activity_scope busy{{&typeid(*user_), id(), join_->topic(), "blocking"}};
  auto answer = then();
  current_ = nullptr;
  conclude(ref ? &*ref : nullptr, answer);
} catch (...) {
  current_ = nullptr;
  // A reply that is owed again, because of `defer` or more work, is answered with all owed replies.
  if (ref && !join_->owes(*ref))
    join_->event_crashed(*ref);
  throw;
}

// An exception of the job crashes the channel. When the pool refuses the job, the event is answered with an error;
// without an event the channel crashes.
void channel_actor::not_unblocked(const std::optional<raw_ref>& ref, const caf::error& why) {
  auto text = classify(why).text;
  const bool threw = why == exits::crash(text);
  unblocked(ref, [&]() -> reply {
    if (threw || !ref)
      throw std::runtime_error(text);
    return reply::error(json{{"reason", "unavailable"}});
  });
}

// While the work runs, messages for `handle_info` wait.
void channel_actor::hold_messages() {
  keep_unhandled(true);
  become(
    caf::keep_behavior, [this](wake) { drain_inbox(); }, [this](join_overdue) { overdue(); });
}

} // namespace bennu::engine
