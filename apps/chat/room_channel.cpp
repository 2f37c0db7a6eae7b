#include "apps/chat/room_channel.hpp"

#include <chrono>
#include <stdexcept>
#include <utility>

#include <caf/atom.hpp>
#include <caf/send.hpp>
#include <nlohmann/json.hpp>

#include "apps/chat/services.hpp"
#include "apps/chat/store_pool.hpp"
#include "apps/chat/text_rules.hpp"
#include "apps/chat/user_socket.hpp"
#include "apps/chat/wire_format.hpp"
#include <bennu/actors/reply.hpp>

namespace chat {

using bennu::reply;

namespace {

using history_wanted = caf::atom_constant<caf::atom("history")>;
using status_due = caf::atom_constant<caf::atom("statusdue")>;

constexpr int history = 50;
constexpr int max_in_a_minute = 30;

// Long enough to spare a database that is down, short enough to look merely slow.
constexpr std::chrono::seconds history_retry{2};
constexpr std::chrono::seconds status_retry{2};

// Anything but a text counts as no status.
std::string text_of(const json& in, const char* field) {
  if (!in.is_object() || !in.contains(field) || !in[field].is_string())
    return {};
  return in[field].get<std::string>();
}

// The error reply for a message that the store did not take.
json refusal_of(services& shared, const store_failure& why) {
  using kind = store_failure::kind;
  if (why.why == kind::conflict)
    return field_errors("client_id", "was used for another message");
  const auto* text = why.why == kind::limited ? "rate_limited" : "unavailable";
  shared.numbers->refused(text);
  return why.why == kind::limited ? reason(text) : unavailable_reason(why);
}

} // namespace

room_channel::room_channel(bennu::channel_context context, services_ptr shared)
  : channel(context), shared_(std::move(shared)) {}

bennu::join_result room_channel::join(const json&) {
  auto& socket = socket_as<chat::user_socket>();
  me_ = socket.owner();
  if (complaint_about_id(subtopic())) // a database may compare ids by other rules: "lobby\0x" is "lobby" to PostgreSQL
    return bennu::refuse{reason("room not found")};
  // A channel that restarts is tracked again before the presence of its former actor ends.
  if (auto former = socket.visits.find(topic()); former != socket.visits.end()) {
    visit_ = former->second;
    presence().track(presence_key(), visit_->meta);
  }
  shared_->storage.ask_for(
    self(), [room = room_id(), id = me_.id](store& s) { return s.access(room, id); }, asker_key(me_));
  return bennu::defer_join{};
}

const bennu::event_table& room_channel::handle_in() const {
  using events = bennu::events<room_channel>;
  static const events table = {
    {"new_message", [](room_channel& room, const json& in) { return room.new_message(in); }},
    {"typing", [](room_channel& room, const json& in) { room.tell_typing(in); }},
    {"older_messages", [](room_channel& room, const json& in) { return room.older_messages(in); }},
    {"members", [](room_channel& room, const json&) { return room.members(); }},
    {"update_status", [](room_channel& room, const json& in) { room.update_status(in); }},
  };
  static const events table_with_faults{
    table,
    {
      {"boom", [](room_channel&, const json&) -> reply { throw std::runtime_error("boom, as it was asked to"); }},
    }};
  return shared_->dev_mode ? table_with_faults : table;
}

caf::message_handler room_channel::handle_info() {
  return {
    [this](const result<room_access>& found) { decide(found); },
    [this](const result<std::vector<message>>& found) {
      if (found)
        push("recent_messages", json{{"messages", to_json_array(*found)}});
      else
        self()->delayed_send(self(), history_retry, history_wanted::value);
      if (!visit_->announced)
        arrive();
    },
    [this](history_wanted) { ask_for_history(); },
    [this](status_due) {
      status_waits_ = false;
      show_status();
    },
    [this](const message_stored& x) {
      x.news->tell(*this);
      x.answer.ok(json{{"id", x.id}});
    },
  };
}

void room_channel::decide(const result<room_access>& found) {
  if (found.is(store_failure::kind::not_found) || (found && found->place.id != subtopic()))
    return decide_join(bennu::refuse{reason("room not found")});
  const bool stays = visit_ && visit_->announced; // a client that was admitted before stays while the database is down
  if (!found && !stays)
    return decide_join(bennu::refuse{reason("unavailable")});
  if (found && !found->may_join)
    return decide_join(bennu::refuse{reason("unauthorized")});
  const room place = found ? found->place : visit_->place;
  decide_join(bennu::accept{json{{"room", {{"id", place.id}, {"name", place.name}}}}});
  if (!repaired_)
    begin_visit(place);
}

// The client has not left and missed nothing, so that no join is announced.
void room_channel::restarted(const bennu::exit_info&) {
  repaired_ = visit_ && visit_->announced;
}

void room_channel::begin_visit(const room& place) {
  visit_ = std::make_shared<room_visit>(*shared_->topics, place, me_);
  socket_as<user_socket>().visits[topic()] = visit_;
  is_recovered() ? arrive() : ask_for_history();
}

// Read after the subscription, so that every message that is stored meanwhile is in the history or arrives as a
// broadcast, or both.
void room_channel::ask_for_history() {
  shared_->storage.ask_for(
    self(), [room = room_id()](store& s) { return s.recent_messages(room, history); }, asker_key(me_));
}

void room_channel::arrive() {
  visit_->announced = true;
  broadcast_from("user_joined", json{{"user", to_json(me_)}});
  if (!presence().track(presence_key(), visit_->meta))
    presence().update(presence_key(), visit_->meta); // the earlier visit was tracked in `join`
  push("presence_state", presence().list());
}

void room_channel::tell_typing(const json& in) {
  if (shared_->over_limit(shared_->typing, "typing", me_))
    return;
  const bool typing = in.is_object() && in.value("typing", json{}) == true;
  broadcast_from("user_typing", json{{"user_id", me_.id}, {"typing", typing}});
}

// The event has no reply, so an invalid status is ignored.
void room_channel::update_status(const json& in) {
  if (!in.is_object() || !in.contains("status") || !in["status"].is_string() || !visit_)
    return;
  const auto& status = in["status"].get_ref<const std::string&>();
  if (complaint_about_status(status))
    return;
  visit_->meta["status"] = status;
  show_status();
}

void room_channel::show_status() {
  if (status_waits_ || !visit_)
    return;
  status_waits_ = shared_->over_limit(shared_->statuses, "statuses", me_);
  if (status_waits_)
    self()->delayed_send(self(), status_retry, status_due::value);
  else
    presence().update(presence_key(), visit_->meta);
}

reply room_channel::new_message(const json& in) {
  auto body = message_form(text_of(in, "body"));
  auto client_id = text_of(in, "client_id");
  if (!client_id.empty() && complaint_about_id(client_id))
    return reply::error(field_errors("client_id", "must be 1 to 64 letters of ASCII, digits, _ and -"));
  if (auto refusal = judge(body))
    return std::move(*refusal);
  auto stored = [later = defer(), me = caf::actor{self()}, shared = shared_](const result<stored_message>& x) {
    if (!x)
      return later.error(refusal_of(*shared, x.failure()));
    if (x->repeated)
      return later.ok(json{{"id", x->text.id}});
    caf::anon_send(me, message_stored{std::make_shared<announcement>(*shared->topics, *x), x->text.id, later});
  };
  auto late = [shared = shared_](const stored_message& x) {
    if (!x.repeated)
      announcement{*shared->topics, x}; // its author was told that it may be stored
  };
  shared_->storage.add_message({room_id(), me_.id, body, mentions_in(body), max_in_a_minute, std::move(client_id)},
                               std::move(stored), std::move(late));
  return reply::none();
}

// Refuses a message before the store is asked, or returns nothing.
std::optional<reply> room_channel::judge(const std::string& body) {
  switch (judge_message(body, shared_->words)) {
    case verdict::blank:
      shared_->numbers->refused("blank");
      return reply::error(field_errors("body", "can't be blank"));
    case verdict::too_long:
      return refused("message_too_long");
    case verdict::control_characters:
      shared_->numbers->refused("control_characters");
      return reply::error(field_errors("body", "may not hold control characters"));
    case verdict::inappropriate:
      return refused("inappropriate");
    case verdict::fine:
      break;
  }
  if (!shared_->messages.take(std::to_string(me_.id), window_limiter::clock::now()))
    return refused("rate_limited");
  return std::nullopt;
}

bool room_channel::asks_too_much() {
  return shared_->over_limit(shared_->questions, "questions", me_);
}

reply room_channel::older_messages(const json& in) {
  const auto before = in.is_object() ? in.value("before", json{}) : json{};
  if (!before.is_number_integer())
    return reply::error(field_errors("before", "must be the id of a message"));
  if (asks_too_much())
    return reply::error(reason("rate_limited"));
  shared_->storage.ask(
    [room = room_id(), id = before.get<int64_t>()](store& s) { return s.messages_before(room, id, history); },
    [later = defer()](const result<std::vector<message>>& found) {
      found ? later.ok(json{{"messages", to_json_array(*found)}}) : later.error(reason("unavailable"));
    },
    asker_key(me_));
  return reply::none();
}

reply room_channel::members() {
  if (asks_too_much())
    return reply::error(reason("rate_limited"));
  shared_->storage.ask(
    [room = room_id()](store& s) { return s.members_of(room); },
    [later = defer()](const result<std::vector<user>>& found) {
      found ? later.ok(json{{"members", to_json_array(*found)}}) : later.error(reason("unavailable"));
    },
    asker_key(me_));
  return reply::none();
}

reply room_channel::refused(const char* why) const {
  shared_->numbers->refused(why);
  return reply::error(reason(why));
}

void room_channel::terminate(const caf::error&) {
  if (!visit_)
    return;
  if (std::exchange(visit_->announced, false))
    broadcast_from("user_left", json{{"user_id", me_.id}});
  auto& visits = socket_as<user_socket>().visits;
  if (auto mine = visits.find(topic()); mine != visits.end() && mine->second == visit_)
    visits.erase(mine);
}

} // namespace chat
