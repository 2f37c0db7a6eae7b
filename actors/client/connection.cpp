#include "actors/client/connection.hpp"

#include <algorithm>

#include <caf/actor_clock.hpp>
#include <caf/actor_system.hpp>
#include <caf/send.hpp>
#include <nlohmann/json.hpp>

#include "actors/client/channel_join.hpp"
#include "actors/client/connection_actor.hpp"
#include "actors/client/connection_messages.hpp"
#include "actors/client/unit_services.hpp"
#include "actors/wire/frame.hpp"
#include <bennu/actors/endpoint.hpp>
#include <bennu/actors/socket.hpp>
#include <bennu/supervision/dynamic_supervisor.hpp>
#include <bennu/supervision/telemetry.hpp>

namespace bennu::engine {

connection::connection(const endpoint& via, unit_services& unit, session_ptr to, const serializer& format,
                       std::unique_ptr<socket> user, std::string id)
  : via_(via), unit_(unit), session_(std::move(to)), format_(format), user_(std::move(user)), id_(std::move(id)) {}

connection::~connection() {
  unit_.shared.waiting_bytes.fetch_sub(counted_bytes_, std::memory_order_relaxed);
}

void connection::start(const connected& terms, share_place place, connect_note from) {
  place_ = std::move(place);
  peer_ = std::move(from.peer);
  number_ = unit_.shared.last_connection.fetch_add(1, std::memory_order_relaxed) + 1;
  connected_at_ = unit_.shared.system.clock().now();
  live_index = static_cast<uint32_t>(unit_.live.size());
  unit_.live.push_back(this);
  unit_.shared.connections.fetch_add(1, std::memory_order_relaxed);
  if (!id_.empty())
    unit_.lane.subscribers.add(id_, *this);
  if (terms.expires_after)
    expire_after(*terms.expires_after);
  if (from.trace.is_valid())
    more().trace = from.trace;
  report_connected(from.took);
  start_child(unit_.connections.get(), connection_child(connection_ptr{this}));
}

void connection::ends(end_reason why, std::string_view text, uint16_t code) {
  if (!ending_)
    ending_ = std::make_unique<ending>(ending{why, code, std::string{text}});
  else if (ending_->code == 0)
    ending_->code = code;
}

std::string connection::why_it_ended() const {
  return ending_ ? std::string{to_string(ending_->why)} + ": " + ending_->text : std::string{};
}

namespace {

std::string_view name_of(transport_kind x) {
  return x == transport_kind::websocket ? "websocket" : "longpoll";
}

} // namespace

void connection::report_connected(std::chrono::microseconds took) const {
  auto* hub = telemetry::listening(unit_.shared.system, frequent_event::socket_connected);
  if (hub == nullptr)
    return;
  const auto number = std::to_string(number_);
  hub->emit(frequent_event::socket_connected, {{"duration_us", took.count()}},
            {{"connection", number},
             {"socket", id_},
             {"peer", peer_},
             {"transport", name_of(session_->kind())},
             {"endpoint", via_.path()}});
}

void connection::report_disconnected() const {
  auto* hub = telemetry::listening(unit_.shared.system, frequent_event::socket_disconnected);
  if (hub == nullptr)
    return;
  const auto number = std::to_string(number_);
  const auto age = std::chrono::duration_cast<std::chrono::milliseconds>(now() - connected_at_).count();
  const auto count = [](auto n) { return static_cast<int64_t>(n); };
  hub->emit(frequent_event::socket_disconnected,
            {{"age_ms", age},
             {"channels", count(joins_.size())},
             {"messages_in", count(traffic_.messages_in)},
             {"bytes_in", count(traffic_.bytes_in)},
             {"messages_out", count(traffic_.messages_out)},
             {"bytes_out", count(traffic_.bytes_out)},
             {"code", ending_->code}},
            {{"connection", number},
             {"socket", id_},
             {"peer", peer_},
             {"transport", name_of(session_->kind())},
             {"endpoint", via_.path()},
             {"reason", to_string(ending_->why)},
             {"text", ending_->text}});
}

// -- called by transport ------------------------------------------------------

void connection::close_when_handled(uint16_t code) {
  close_code_ = code;
  // Sends a message, so that channels first handle what they have received.
  if (actor)
    caf::anon_send(actor, bennu::engine::wake{});
  else if (waiting.empty() && !waits_for_join())
    all_handled();
}

void connection::all_handled() {
  if (close_code_ != 0)
    session_->close(close_code_, {});
}

bool connection::backlogged() const noexcept {
  return in_flight_ >= via_.options().max_inbox_messages || in_flight_bytes_ >= via_.options().max_inbox_bytes;
}

bool connection::holds_half() const noexcept {
  return in_flight_ > via_.options().max_inbox_messages / 2 || in_flight_bytes_ > via_.options().max_inbox_bytes / 2;
}

void connection::handled_one(size_t bytes) {
  const bool held_half = holds_half();
  --in_flight_;
  in_flight_bytes_ -= bytes;
  count_waiting();
  if (held_half && !holds_half())
    session_->resume_reading();
}

void connection::wake() {
  if (actor && waiting.size() == 1)
    caf::anon_send(actor, bennu::engine::wake{});
}

void connection::closed() {
  if (std::exchange(gone, true))
    return;
  connection_ptr alive{this};
  ends(end_reason::lost, "the connection was lost");
  report_disconnected();
  unit_.live[live_index] = unit_.live.back();
  unit_.live[live_index]->live_index = live_index;
  unit_.live.pop_back();
  unit_.shared.connections.fetch_sub(1, std::memory_order_relaxed);
  place_.release();
  if (!id_.empty())
    unit_.lane.subscribers.remove(id_, *this);
  waiting.clear();
  for (auto& join : std::vector<channel_join_ptr>{joins_})
    join->deliver({channel_item::type::socket_closed, {}});
  if (actor)
    caf::anon_send(actor, socket_closed{});
}

// Sends a message, so that a client that disconnects itself gets its reply first.
void connection::kicked(std::string_view text) {
  ends(end_reason::kicked, "disconnect was broadcast on " + id_ + (text.empty() ? "" : ": ") + std::string{text});
  if (actor)
    caf::anon_send(actor, disconnect{});
  else
    session_->close(close_code::going_away, {});
}

void connection::receive_broadcast(const broadcast& x) {
  if (x.event != "disconnect")
    return;
  const auto why = x.body.has_value() && !x.body.is_binary() ? x.body.value() : json{};
  const auto found = why.is_object() ? why.find("reason") : why.end();
  kicked(found != why.end() && found->is_string() ? found->get_ref<const std::string&>() : std::string_view{});
}

void connection::on_drained() {
  for (auto& join : joins_)
    if (join->actor && !join->waiting.empty())
      caf::anon_send(join->actor, bennu::engine::wake{});
}

// A token may be valid until the year 9999, which a clock of nanoseconds cannot represent.
void connection::expire_after(std::chrono::milliseconds time) {
  constexpr std::chrono::milliseconds longest = std::chrono::hours{24 * 365 * 50};
  more().expires_at = unit_.shared.system.clock().now() + std::clamp(time, std::chrono::milliseconds{0}, longest);
}

// -- called by the actors -----------------------------------------------------

channel_join* connection::find(std::string_view topic) const noexcept {
  for (auto& x : joins_)
    if (x->topic() == topic)
      return x.get();
  return nullptr;
}

void connection::add(channel_join_ptr x) {
  undecided_ = x.get();
  joins_.push_back(std::move(x));
}

void connection::decided(const channel_join& x) {
  if (undecided_ != &x)
    return;
  undecided_ = nullptr;
  if (actor && has_work())
    caf::anon_send(actor, bennu::engine::wake{});
}

void connection::remove(channel_join& x) noexcept {
  auto i = std::find_if(joins_.begin(), joins_.end(), [&](auto& y) { return y.get() == &x; });
  if (i == joins_.end())
    return;
  if (x.used) {
    auto& left = more().left;
    // A client that has left so many other topics since gains nothing by rejoining the first one.
    if (!left.empty() && left.size() >= via_.options().max_channels)
      left.erase(left.begin());
    left.emplace_back(x.topic(), std::move(x.used));
  }
  std::swap(*i, joins_.back());
  joins_.pop_back();
}

std::unique_ptr<rate_meter> connection::used_before(std::string_view topic) noexcept {
  if (!extras_)
    return nullptr;
  auto& left = extras_->left;
  const auto found = std::find_if(left.begin(), left.end(), [&](auto& x) { return x.first == topic; });
  if (found == left.end())
    return nullptr;
  auto result = std::move(found->second);
  left.erase(found);
  return result;
}

} // namespace bennu::engine
