#include "actors/client/channel_join.hpp"

#include <algorithm>

#include <caf/send.hpp>
#include <nlohmann/json.hpp>

#include "actors/client/channel_route.hpp"
#include "actors/client/connection_messages.hpp"
#include "actors/client/limit_hit.hpp"
#include "actors/client/unit_services.hpp"
#include <bennu/actors/endpoint.hpp>

namespace bennu::engine {

channel_join::channel_join(connection_ptr owner, const channel_route& to, client_message join_message)
  : owner_(std::move(owner)), route_(to), join_message_(std::move(join_message)) {}

// Phoenix: a join without a join_ref makes every event match, and its replies carry the join's ref.
bool channel_join::matches(std::string_view join_ref) const noexcept {
  return join_message_.join_ref == "null" || join_message_.join_ref == join_ref;
}

std::string_view channel_join::join_ref() const noexcept {
  return join_message_.join_ref == "null" ? join_message_.ref : join_message_.join_ref;
}

void channel_join::deliver(channel_item x) {
  const bool is_end = x.kind == channel_item::type::replaced || x.kind == channel_item::type::socket_closed;
  waiting.put(std::move(x));
  if (actor && (waiting.size() == 1 || deciding || is_end || owner_->link().crowded()))
    caf::anon_send(actor, wake{});
}

void channel_join::intercept(const std::string& event, const payload& body) {
  channel_item item{channel_item::type::intercepted, {}};
  item.message.event = event;
  item.message.body = body;
  const auto bytes = item.message.size_bytes();
  if (!make_room_for(bytes))
    return;
  intercepted_bytes_ += bytes;
  deliver(std::move(item));
}

bool channel_join::make_room_for(size_t bytes) {
  const auto& options = owner_->via().options();
  while (intercepted_bytes_ + bytes > options.max_outbox_bytes + options.max_message_bytes) {
    if (intercepted_bytes_ == 0)
      return true;
    if (options.when_outbox_full == overflow::close) {
      if (owner_->link().is_open()) {
        limit_hit(owner_->unit().shared.system, "outbox");
        owner_->link().close(1008, "too slow");
      }
      return false;
    }
    waiting.bring_forward([](const channel_item& x) { return x.kind == channel_item::type::intercepted; });
    take();
  }
  return true;
}

bool channel_join::bring_end_forward() {
  return waiting.bring_forward([](const channel_item& x) {
    return x.kind != channel_item::type::event && x.kind != channel_item::type::intercepted;
  });
}

bool channel_join::held_back() const noexcept {
  return !owner_->gone && !waiting.empty() && waiting.front().kind == channel_item::type::event
         && owner_->link().crowded() && owner_->link().is_open() && owner_->find(topic()) == this
         && waiting.size() <= 2 * owner_->via().options().max_inbox_messages;
}

channel_item channel_join::take() {
  auto result = waiting.take();
  if (result.kind == channel_item::type::event || result.kind == channel_item::type::leave)
    owner_->handled_one(result.message.size_bytes());
  else if (result.kind == channel_item::type::intercepted)
    intercepted_bytes_ -= result.message.size_bytes();
  return result;
}

// -- what the client sees -----------------------------------------------------

void channel_join::reply(std::string_view ref, std::string_view status, const payload& response) {
  say(owner_->format().reply(join_ref(), ref, topic_text(), status, response));
}

void channel_join::push(std::string_view event, const payload& body) {
  say(owner_->format().push(join_ref(), topic(), event, body));
}

void channel_join::say(frame_ptr x) {
  if (retired_ && !successor_answered_)
    held_.push_back(std::move(x));
  else
    owner_->link().send(std::move(x));
}

void channel_join::announce_end(std::string_view event, const payload& body) {
  if (std::exchange(end_announced_, true))
    return;
  owner_->link().send_control(owner_->format().channel_end(end_ref(), topic_text(), event, body));
}

// The client's own join_ref, null where it sent none: so Phoenix answers joins and tells ends.
std::string_view channel_join::end_ref() const noexcept {
  return join_message_.join_ref;
}

// -- life ---------------------------------------------------------------------

void channel_join::accept(const payload& response) {
  current = state::joined;
  accepted_ = true;
  subscribe();
  answer("ok", response);
  is_decided();
}

void channel_join::defer() {
  deciding = true;
  is_decided();
}

void channel_join::is_decided() {
  if (std::exchange(under_way_, false))
    owner_->join_decided();
}

void channel_join::refuse(const payload& response) {
  answer("error", response);
  end();
}

void channel_join::answer(std::string_view status, const payload& response) {
  owner_->link().send(
    owner_->format().reply(join_message_.join_ref, join_message_.ref, topic_text(), status, response));
  let_former_go();
}

void channel_join::let_former_go() {
  if (const auto former = std::exchange(replaces, nullptr))
    former->successor_answered();
}

void channel_join::successor_answered() {
  successor_answered_ = true;
  for (auto& x : std::exchange(held_, {}))
    owner_->link().send(std::move(x));
  if (!actor)
    actor_ended();
}

void channel_join::actor_ended() {
  if (successor_answered_ && accepted_)
    announce_end("phx_close");
}

void channel_join::subscribe() {
  if (subscribed_ || current == state::ended)
    return;
  subscribed_ = true;
  owner_->unit().lane.subscribers.add(*this);
}

void channel_join::leave_stage() noexcept {
  if (std::exchange(subscribed_, false))
    owner_->unit().lane.subscribers.remove(*this);
  owner_->remove(*this);
}

void channel_join::retire() {
  channel_join_ptr alive{this};
  retired_ = true;
  leave_stage();
  while (!waiting.empty())
    if (const auto item = take(); item.kind == channel_item::type::leave)
      owner_->reply_left(item.message);
  if (actor)
    deliver({channel_item::type::replaced, {}});
  else
    end(); // between a crash and the restart that does not follow now
}

void channel_join::end() {
  if (std::exchange(current, state::ended) == state::ended)
    return;
  channel_join_ptr alive{this};
  leave_stage();
  let_former_go();
  while (!waiting.empty()) {
    auto item = take();
    if (item.kind == channel_item::type::event)
      owner_->reply_unmatched(item.message);
    else if (item.kind == channel_item::type::leave)
      owner_->reply_left(item.message);
  }
  is_decided();
}

void channel_join::not_started() {
  if (current == state::joining)
    refuse(json{{"reason", "join crashed"}});
}

void channel_join::event_crashed(std::string_view ref) {
  if (route_.options.restart_as != restart::temporary)
    reply(ref, "error", json{{"reason", "crashed"}});
}

bool channel_join::settle(const raw_ref& ref) {
  const auto found = std::find(owed_replies.begin(), owed_replies.end(), ref);
  if (found == owed_replies.end())
    return false;
  owed_replies.erase(found);
  return true;
}

bool channel_join::owes(const raw_ref& ref) const noexcept {
  return std::find(owed_replies.begin(), owed_replies.end(), ref) != owed_replies.end();
}

void channel_join::actor_crashed(std::string_view text) {
  if (current == state::ended)
    return;
  if (retired_)
    return end();
  if (current == state::joining)
    return not_started();
  if (route_.options.restart_as == restart::temporary)
    return give_up(text);
  for (auto& ref : std::exchange(owed_replies, {}))
    event_crashed(ref);
}

void channel_join::give_up(std::string_view crash_text) {
  if (current == state::ended)
    return;
  const bool tell = owner_->unit().shared.dev_mode && !crash_text.empty();
  announce_end("phx_error", tell ? payload(json{{"reason", crash_text}}) : payload());
  end();
}

} // namespace bennu::engine
