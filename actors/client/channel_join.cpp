#include "actors/client/channel_join.hpp"

#include <algorithm>
#include <stdexcept>

#include <caf/actor_clock.hpp>
#include <caf/actor_system.hpp>
#include <caf/send.hpp>
#include <nlohmann/json.hpp>

#include "actors/client/channel_route.hpp"
#include "actors/client/client_spans.hpp"
#include "actors/client/connection_messages.hpp"
#include "actors/client/limits.hpp"
#include "actors/client/unit_services.hpp"
#include "actors/presence/batch.hpp"
#include "actors/wire/frame.hpp"
#include <bennu/actors/endpoint.hpp>

namespace bennu::engine {

channel_join::channel_join(connection_ptr owner, const channel_route& to, client_message join_message, join_place place)
  : owner_(std::move(owner)), route_(to), join_message_(std::move(join_message)), place_(std::move(place)),
    begun_(owner_->unit().shared.system.clock().now()) {
  if (route_.options.history && owner_->unit().shared.topics.histories() != nullptr)
    history_ = std::make_unique<join_history>(*this, *route_.options.history);
  if (const auto* by = telemetry::tracer_of(owner_->unit().shared.system))
    span = span_of_join(*by, *this);
}

// As in Phoenix 1.8.12, only the join_ref of an earlier join is stale; a message without one belongs to the present
// join.
bool channel_join::matches(std::string_view join_ref) const noexcept {
  return join_ref == "null" || join_message_.join_ref == join_ref;
}

std::string_view channel_join::join_ref() const noexcept {
  return join_message_.join_ref == "null" ? join_message_.ref : join_message_.join_ref;
}

// -- its life -----------------------------------------------------------------

join_effects channel_join::advance(join_input x) {
  return advance(x, detail{});
}

join_effects channel_join::advance(join_input x, const detail& with) {
  channel_join_ptr alive{this}; // the connection may hold the last reference
  const auto result = state.apply(x);
  for (const auto effect : result) {
    if (effect == join_effect::unsubscribe)
      report_end(x, with);
    carry_out(effect, with);
  }
  return result;
}

void channel_join::carry_out(join_effect x, const detail& with) {
  switch (x) {
    case join_effect::answer_ok:
      report_answer("ok", with.response);
      return answer("ok", history_ ? history_->answer(with.response) : with.response);
    case join_effect::answer_error:
      report_answer("error", with.response);
      return answer("error", with.response);
    case join_effect::answer_crashed: {
      const payload response = json{{"reason", "join crashed"}};
      report_answer("crash", response);
      return answer("error", response);
    }
    case join_effect::answer_leave:
      return answer_leave(with.leave_ref);
    case join_effect::answer_owed:
      return answer_owed();
    case join_effect::answer_waiting:
    case join_effect::drop_waiting:
      return empty_inbox(x == join_effect::answer_waiting);
    case join_effect::release_held:
      return release_held();
    case join_effect::send_close:
      return end_topic("phx_close", {});
    case join_effect::send_error:
      return end_topic("phx_error", crash_body(with.crash_text));
    case join_effect::recover:
      if (history_)
        history_->replay();
      return;
    case join_effect::subscribe:
      return begin_subscriptions();
    case join_effect::unsubscribe:
      return end_subscriptions();
    case join_effect::free_place:
      return owner_->remove(*this);
    case join_effect::release_former:
      if (const auto former = std::exchange(replaces_, nullptr))
        former->advance(join_input::successor_answered);
      return;
    case join_effect::resume_connection:
      return owner_->decided(*this);
    case join_effect::tell_replaced:
      return deliver({channel_item::type::replaced, {}, {}});
    case join_effect::none:
    case join_effect::tell_restarted:
    case join_effect::terminate:
    case join_effect::end_actor:
      return; // the actor's
  }
}

// A former join that was never answered sends nothing after our answer, so that the join before it learns of our
// answer.
void channel_join::replace(channel_join_ptr former) {
  former->advance(join_input::replaced);
  replaces_ = former->replaces_ ? std::move(former->replaces_) : std::move(former);
}

void channel_join::actor_crashed(std::string_view text) {
  const bool is_repaired = route_.options.restart_as != restart::temporary;
  advance(is_repaired ? join_input::crashed : join_input::given_up, {.crash_text = text});
}

void channel_join::give_up(std::string_view text) {
  advance(join_input::given_up, {.crash_text = text});
}

// -- what waits for the channel -----------------------------------------------

void channel_join::deliver(channel_item x) {
  const bool is_end = x.is_end();
  waiting.put(std::move(x));
  if (actor && (waiting.size() == 1 || is_end || state.takes() == join_takes::ends || is_full()))
    caf::anon_send(actor, wake{});
}

// A client that knows a part of the changes receives the others with the first diff of their batch.
bool channel_join::deliver_rest(const broadcast& x) {
  const auto* client = known_presences();
  if (client == nullptr || !x.batch->is_known_in_part(*client))
    return false;
  if (x.batch_index == 0)
    for (const auto& body : x.batch->rest(*client))
      owner_->send_broadcast(x.topic, x.event, body);
  return true;
}

void channel_join::receive_broadcast(const broadcast& x) {
  if (x.batch && deliver_rest(x))
    return;
  if (route_.intercepts(x.event))
    return intercept(x.event, x.body);
  if (const auto& bytes = x.encoded(owner_->format()))
    owner_->send(bytes);
}

void channel_join::receive_placed(const broadcast& x) {
  if (!history_)
    return subscriber::receive_placed(x);
  if (!history_->is_special(x))
    return pass(x);
  if (const auto own = history_->placed_for_client(x))
    pass(*own);
  else if (history_->is_broken() && actor)
    caf::anon_send(actor, wake{});
}

bool channel_join::has_missed_something() const noexcept {
  return history_ && history_->is_broken() && state.is_served();
}

void channel_join::pass(const broadcast& x) {
  if (history_->waiting > 0 || route_.intercepts(x.event))
    return intercept(x.event, x.body, broadcast_ptr{&x});
  owner_->send_placed(x);
}

void channel_join::intercept(const std::string& event, const payload& body, broadcast_ptr placed) {
  channel_item item{route_.intercepts(event) ? channel_item::type::intercepted : channel_item::type::passed, {}, {}};
  item.message.event = event;
  item.message.body = body;
  const auto bytes = item.message.size_bytes();
  if (!make_space_for(bytes))
    return;
  intercepted_bytes_ += bytes;
  if (placed)
    ++history_->waiting;
  item.placed = std::move(placed);
  deliver(std::move(item));
}

bool channel_join::make_space_for(size_t bytes) {
  const auto& options = owner_->via().options();
  while (intercepted_bytes_ + bytes > options.max_outbox_bytes + options.max_message_bytes) {
    if (intercepted_bytes_ == 0)
      return true;
    if (options.when_outbox_full == overflow::close) {
      if (owner_->session().is_open()) {
        limit_hit(owner_->unit().shared.system, "outbox");
        owner_->ends(end_reason::slow, "outbox: its channel " + topic() + " does not keep up with the broadcasts");
        owner_->session().close(close_code::policy_violation, "too slow");
      }
      return false;
    }
    waiting.bring_forward([](const channel_item& x) {
      return x.kind == channel_item::type::intercepted || x.kind == channel_item::type::passed;
    });
    take();
  }
  return true;
}

bool channel_join::may_take() {
  switch (state.takes()) {
    case join_takes::everything:
      return !waiting.empty() && !is_held_back();
    case join_takes::ends:
      return waiting.bring_forward(
        [](const channel_item& x) { return x.is_end() || x.kind == channel_item::type::leave; });
    case join_takes::nothing:
      return false;
  }
  return false;
}

// The answers to more events would have to wait for the client, or the channel owes as many as messages may wait.
bool channel_join::is_full() const noexcept {
  return owner_->session().congested() || owed_.size() >= owner_->via().options().max_inbox_messages;
}

// An event waits while the channel is full, unless a leave waits behind it, or too many items wait here already,
// including broadcasts.
bool channel_join::is_held_back() const noexcept {
  if (waiting.front().kind != channel_item::type::event || state.phase() != join_phase::joined || owner_->gone)
    return false;
  return owner_->session().is_open() && is_full() && waiting.size() <= 2 * owner_->via().options().max_inbox_messages
         && !waiting.has([](const channel_item& x) { return x.kind == channel_item::type::leave; });
}

channel_item channel_join::take() {
  auto result = waiting.take();
  if (result.kind == channel_item::type::event || result.kind == channel_item::type::leave)
    owner_->handled_one(result.message.size_bytes());
  else if (result.kind == channel_item::type::intercepted || result.kind == channel_item::type::passed)
    intercepted_bytes_ -= result.message.size_bytes();
  if (result.placed)
    --history_->waiting;
  return result;
}

void channel_join::empty_inbox(bool answer_events) {
  while (!waiting.empty()) {
    const auto item = take();
    if (item.kind == channel_item::type::event && answer_events)
      owner_->reply_unmatched(item.message);
    else if (item.kind == channel_item::type::leave)
      answer_leave(item.message.ref);
  }
}

// -- what the client sees -----------------------------------------------------

void channel_join::reply(std::string_view ref, std::string_view status, const payload& response) {
  say(owner_->format().reply(join_ref(), ref, topic_text(), status, response));
}

void channel_join::tell(std::string_view topic, std::string_view event, const payload& body) {
  say(owner_->format().broadcast(topic, event, body));
}

void channel_join::pass_on(const broadcast& x) {
  if (state.voice() == join_voice::sent)
    owner_->send_placed(x);
}

void channel_join::tell_position(const broadcast& x) {
  if (state.voice() == join_voice::sent && state.is_served())
    owner_->tell_position(x.topic, x.position());
}

presence_teller* channel_join::presence() {
  if (route_.intercepts("presence_diff"))
    return nullptr;
  if (!presence_)
    presence_ = std::make_unique<own_presence>(*this);
  presence_->use();
  return presence_.get();
}

void channel_join::push(std::string_view event, const payload& body) {
  if (presence_ && event == "presence_state")
    presence_->state_pushed();
  say(owner_->format().push(join_ref(), topic(), event, body));
}

void channel_join::say(frame_ptr x) {
  switch (state.voice()) {
    case join_voice::sent:
      return owner_->send(std::move(x));
    case join_voice::held:
      return held_.push_back(std::move(x));
    case join_voice::dropped:
      return;
  }
}

void channel_join::release_held() {
  for (auto& x : std::exchange(held_, {}))
    owner_->send(std::move(x));
}

// Uses the client's own join_ref, or null when it sent none, as Phoenix does in answers to joins and in ends.
void channel_join::answer(std::string_view status, const payload& response) {
  owner_->send(owner_->format().reply(join_message_.join_ref, join_message_.ref, topic_text(), status, response));
}

void channel_join::end_topic(std::string_view event, const payload& body) {
  owner_->send_control(owner_->format().channel_end(join_message_.join_ref, topic_text(), event, body));
}

void channel_join::answer_leave(std::string_view ref) {
  owner_->send_control(owner_->format().reply(join_ref(), ref, topic_text(), "ok", {}));
}

// As in Phoenix 1.8.12. In dev mode the client also receives the text of the crash.
payload channel_join::crash_body(std::string_view text) const {
  const bool tell = owner_->unit().shared.dev_mode && !text.empty();
  return json{{"reason", tell ? text : "channel_crash"}};
}

// -- topics besides its own -----------------------------------------------------

void channel_join::begin_subscriptions() {
  if (history_)
    history_->begin();
  owner_->unit().lane.subscribers.add(topic(), *this);
  if (subscriptions_)
    subscriptions_->begin();
}

void channel_join::end_subscriptions() {
  owner_->unit().lane.subscribers.remove(topic(), *this);
  if (history_)
    history_->end();
  if (subscriptions_)
    subscriptions_->end();
}

bool channel_join::subscribe(std::string_view topic) {
  if (const auto why = subscribed_topic_rule.problem(topic))
    throw std::invalid_argument(*why);
  if (state.is_past())
    return false;
  if (topic == this->topic())
    return true;
  if (!subscriptions_)
    subscriptions_ = std::make_unique<client_subscriptions>(*owner_);
  if (state.is_served())
    subscriptions_->begin();
  if (subscriptions_->add(topic, route_.options.max_subscriptions))
    return true;
  limit_hit(owner_->unit().shared.system, "subscriptions");
  return false;
}

bool channel_join::unsubscribe(std::string_view topic) {
  return subscriptions_ && subscriptions_->remove(topic);
}

std::vector<std::string> channel_join::subscriptions() const {
  return subscriptions_ ? subscriptions_->topics() : std::vector<std::string>{};
}

// -- replies that are owed ----------------------------------------------------

bool channel_join::owes(const raw_ref& ref) const noexcept {
  return std::find(owed_.begin(), owed_.end(), ref) != owed_.end();
}

bool channel_join::settle(const raw_ref& ref) {
  const auto found = std::find(owed_.begin(), owed_.end(), ref);
  if (found == owed_.end())
    return false;
  owed_.erase(found);
  if (owed_.size() + 1 == owner_->via().options().max_inbox_messages && actor && !waiting.empty())
    caf::anon_send(actor, bennu::engine::wake{});
  return true;
}

void channel_join::answer_owed() {
  for (auto& ref : std::exchange(owed_, {}))
    event_crashed(ref);
}

void channel_join::event_crashed(std::string_view ref) {
  if (route_.options.restart_as != restart::temporary)
    reply(ref, "error", json{{"reason", "crashed"}});
}

} // namespace bennu::engine
