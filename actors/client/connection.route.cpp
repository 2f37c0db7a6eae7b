// Routes each message to its channel or to the connection's actor, or answers it at once, and limits how fast a client
// may send.

#include <algorithm>
#include <exception>

#include <caf/actor_clock.hpp>
#include <caf/actor_system.hpp>
#include <caf/send.hpp>
#include <nlohmann/json.hpp>

#include "actors/client/channel_join.hpp"
#include "actors/client/channel_route.hpp"
#include "actors/client/connection.hpp"
#include "actors/client/connection_messages.hpp"
#include "actors/client/limits.hpp"
#include "actors/client/unit_services.hpp"
#include "actors/json/scanner.hpp"
#include <bennu/actors/endpoint.hpp>
#include <bennu/supervision/telemetry.hpp>

namespace bennu::engine {

namespace {

// A ref is kept until its reply is given. 1 KiB: clients use numbers.
constexpr size_t max_ref_bytes = 1 << 10;

// So much of a connection is not counted, so that the clients of several threads have no counter in common.
constexpr size_t uncounted_bytes = 16 << 10;

// A join starts an actor, and a refresh calls the application's code, so that the connection's actor does both.
bool is_for_actor(const client_message& x) {
  return x.event == "phx_join" || (x.topic == "phoenix" && x.event == "refresh_token");
}

rate_meter& meter_of(connection::extras& of, const channel_route& route) {
  auto& all = of.joins_used;
  auto i = std::find_if(all.begin(), all.end(), [&](auto& x) { return x.first == &route; });
  return i != all.end() ? i->second : all.emplace_back(&route, rate_meter{}).second;
}

} // namespace

bool connection::receive(opcode kind, std::string_view body) {
  if (close_code_ != 0)
    return true;
  ++traffic_.messages_in;
  traffic_.bytes_in += body.size();
  auto result = format_.decode(kind, body);
  auto* message = std::get_if<client_message>(&result);
  if (message == nullptr)
    return not_decoded(std::get<decode_error>(result));
  if (message->ref.size() > max_ref_bytes || message->join_ref.size() > max_ref_bytes)
    return false;
  if (message->event != "phx_leave" && (has_too_many_values(*message) || finds_no_room(*message)))
    return true; // a leave is free: it gives memory back
  ++in_flight_;
  in_flight_bytes_ += message->size_bytes();
  count_waiting();
  if (waiting.empty() && !waits_for_join() && !is_for_actor(*message)) {
    handle_now(std::move(*message));
  } else {
    waiting.put(std::move(*message));
    wake();
  }
  return true;
}

// Returns true when there is nothing more to do.
bool connection::not_decoded(const decode_error& why) {
  if (why.is_of_serializer)
    serializer_failed(why.text);
  return why.is_of_serializer;
}

void connection::serializer_failed(std::string_view why) {
  if (!session_->is_open())
    return;
  if (auto* hub = telemetry::listening(unit_.shared.system))
    hub->emit("serializer.failed", {}, {{"socket", via_.path()}, {"text", why}});
  ends(end_reason::crash, "the serializer failed: " + std::string{why}, close_code::internal_error);
  session_->close(close_code::internal_error, "serializer failed");
}

// All clients of the io unit depend on the calling thread, so that an exception crashes the connection's actor instead.
void connection::handle_now(client_message message) noexcept {
  try {
    handle(std::move(message));
  } catch (...) {
    if (actor)
      caf::anon_send(actor, route_failed{std::current_exception()});
  }
}

void connection::handle(client_message message) {
  const auto bytes = message.size_bytes();
  bool to_channel = false;
  try {
    to_channel = session_->is_open() && route(message);
  } catch (...) { // the message is not tried again
    handled_one(bytes);
    throw;
  }
  if (!to_channel)
    handled_one(bytes);
}

bool connection::route(client_message& message) {
  if (message.topic == "phoenix" && message.event == "heartbeat") {
    send_control(format_.reply("null", message.ref, message.topic_text, "ok", {}));
    return false;
  }
  auto* there = find(message.topic);
  return !event_over_limit(message, there) && dispatch(message, there);
}

bool connection::dispatch(client_message& message, channel_join* there) {
  const bool leaves = message.event == "phx_leave";
  if (there == nullptr) {
    leaves ? reply_left(message) : reply_unmatched(message);
    return false;
  }
  if (!there->matches(message.join_ref))
    return false; // it belongs to an earlier join: Phoenix ignores it silently
  there->deliver({leaves ? channel_item::type::leave : channel_item::type::event, std::move(message)});
  return true;
}

// -- limits -------------------------------------------------------------------

// The limits of the route come first, so that a message that they refuse uses nothing of the socket's allowance.
bool connection::join_over_limit(const client_message& message, const channel_route& route) {
  const auto& of_socket = via_.options().limits;
  const auto& of_route = route.options.limits;
  const auto bytes = message.body.bytes().size();
  if (of_route.any())
    if (over_limit(message, meter_of(more(), route).take_join(of_route, now(), bytes)))
      return true;
  return of_socket.any() && over_limit(message, more().used.take_join(of_socket, now(), bytes));
}

bool connection::event_over_limit(const client_message& message, channel_join* there) {
  if (message.event == "phx_leave" || (there != nullptr && !there->matches(message.join_ref)))
    return false; // a leave is free, a stale message is ignored
  const auto& of_socket = via_.options().limits;
  const auto bytes = message.body.bytes().size();
  if (there != nullptr && there->route().options.limits.any()) {
    if (!there->used)
      there->used = std::make_unique<rate_meter>();
    if (over_limit(message, there->used->take_event(there->route().options.limits, now(), bytes)))
      return true;
  }
  return of_socket.any() && over_limit(message, more().used.take_event(of_socket, now(), bytes));
}

bool connection::over_limit(const client_message& message, std::string_view limit) {
  if (!limit.empty())
    refuse(message, limit, json{{"reason", "rate limited"}, {"limit", limit}});
  return !limit.empty();
}

bool connection::finds_no_room(const client_message& message) {
  const auto bytes = message.size_bytes();
  const auto& of_node = unit_.shared;
  if (in_flight_bytes_ + bytes <= uncounted_bytes
      || of_node.waiting_bytes.load(std::memory_order_relaxed) + bytes <= of_node.max_waiting_bytes)
    return false;
  refuse(message, "inboxes", json{{"reason", "busy"}});
  return true;
}

void connection::count_waiting() noexcept {
  const auto counted = in_flight_bytes_ > uncounted_bytes ? in_flight_bytes_ - uncounted_bytes : 0;
  if (counted == counted_bytes_)
    return;
  unit_.shared.waiting_bytes.fetch_add(counted - counted_bytes_, std::memory_order_relaxed); // modulo 2^64
  counted_bytes_ = counted;
}

// Smaller payloads cannot have as many values, so that only large ones are counted.
bool connection::has_too_many_values(const client_message& message) {
  const auto most = via_.options().max_message_values;
  const auto text = message.body.bytes();
  if (message.body.is_binary() || text.size() <= most || count_json_values(text) <= most)
    return false;
  refuse(message, "values", json{{"reason", "too many values"}});
  return true;
}

rate_meter::time_point connection::now() const noexcept {
  return unit_.shared.system.clock().now();
}

// A join is answered with its own join_ref, also when it would replace another one.
void connection::refuse(const client_message& message, std::string_view limit, const payload& response) {
  limit_hit(unit_.shared.system, limit);
  const auto* there = message.event == "phx_join" ? nullptr : find(message.topic);
  const bool is_of_join = there != nullptr && there->matches(message.join_ref);
  reply(message, is_of_join ? there->join_ref() : message.join_ref, "error", response);
}

// -- answers ------------------------------------------------------------------

void connection::send_broadcast(std::string_view topic, std::string_view event, const payload& body) {
  try {
    send(format_.broadcast(topic, event, body));
  } catch (const encode_error&) {
    // As in `broadcast::encoded`: those who send to many must not fail because of one client.
  }
}

void connection::send_follow_up(const broadcast& x) {
  try {
    if (auto more = x.follow_up(format_))
      send(std::move(more));
  } catch (const encode_error&) {
    // As in `tell_position`: those who send to many must not fail because of one client.
  }
}

void connection::tell_position(std::string_view topic, std::string_view position) {
  try {
    send(format_.broadcast_at(position, topic, "position", {}));
  } catch (const encode_error&) {
    // A serializer of the application that cannot express it.
  }
}

uint64_t connection::reader() {
  auto& number = more().reader;
  if (number == 0)
    number = unit_.shared.topics.histories()->next_reader();
  return number;
}

void connection::reply(const client_message& to, std::string_view join_ref, std::string_view status,
                       const payload& response) {
  send(format_.reply(join_ref, to.ref, to.topic_text, status, response));
}

void connection::reply_unmatched(const client_message& x) {
  if (auto* hub = telemetry::listening(unit_.shared.system))
    hub->emit("topic.unmatched", {}, {{"topic", x.topic_text}, {"event", x.event}});
  reply(x, "null", "error", json{{"reason", "unmatched topic"}});
}

void connection::reply_left(const client_message& x) {
  send_control(format_.reply(x.join_ref, x.ref, x.topic_text, "ok", {}));
}

} // namespace bennu::engine
