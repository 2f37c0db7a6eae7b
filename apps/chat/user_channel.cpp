#include "apps/chat/user_channel.hpp"

#include <optional>

#include <caf/send.hpp>
#include <nlohmann/json.hpp>

#include "apps/chat/services.hpp"
#include "apps/chat/store.hpp"
#include "apps/chat/store_pool.hpp"
#include "apps/chat/text_rules.hpp"
#include "apps/chat/user_socket.hpp"
#include "apps/chat/wire_format.hpp"
#include <bennu/actors/reply.hpp>

namespace chat {

using bennu::reply;

namespace {

// As many as the reply to a join contains.
constexpr size_t max_marked_at_once = 100;

// As many as a page of the list of rooms.
constexpr size_t max_watched = 100;

// Returns nothing when `in` is not a payload of `watch`.
std::optional<std::vector<seen_room>> seen_rooms(const json& in) {
  const auto given = in.is_object() ? in.value("rooms", json{}) : json{};
  if (!given.is_object() || given.size() > max_watched)
    return std::nullopt;
  std::vector<seen_room> rooms;
  for (const auto& [id, last] : given.items()) {
    if (complaint_about_id(id) || !last.is_number_integer())
      return std::nullopt;
    rooms.push_back({id, last.get<int64_t>()});
  }
  return rooms;
}

} // namespace

user_channel::user_channel(bennu::channel_context context, services_ptr shared)
  : channel(context), shared_(std::move(shared)) {}

bennu::join_result user_channel::join(const json&) {
  me_ = socket_as<user_socket>().owner();
  if (subtopic() != std::to_string(me_.id))
    return bennu::refuse{reason("unauthorized")};
  ask_for_unread();
  return bennu::defer_join{};
}

const bennu::event_table& user_channel::handle_in() const {
  static const bennu::events<user_channel> table = {
    {"mark_notifications_read", [](user_channel& user, const json& in) { return user.mark_read(in); }},
    {"watch", [](user_channel& user, const json& in) { return user.watch(in); }},
  };
  return table;
}

const bennu::event_table& user_channel::handle_out() const {
  static const bennu::events<user_channel> table = {
    {"notification",
     [](user_channel& user, const bennu::payload& x) { user.tell(x.value().at("id").get<int64_t>(), x); }},
  };
  return table;
}

caf::message_handler user_channel::handle_info() {
  return {
    [this](const result<std::vector<notification>>& unread) {
      if (!unread)
        return joined_ ? void() : decide_join(bennu::refuse{reason("unavailable")});
      if (!joined_)
        return joined_with(*unread);
      for (auto x = unread->rbegin(); x != unread->rend(); ++x)
        tell(x->id, to_json(*x));
    },
    [this](const unread_found& x) { found(x); },
    [this](const bennu::broadcast_ptr& x) { push(x->event, x->body); },
  };
}

void user_channel::ask_for_unread() {
  shared_->storage.ask_for(
    self(), [id = me_.id](store& s) { return s.unread_notifications(id); }, asker_key(me_));
}

void user_channel::joined_with(const std::vector<notification>& unread) {
  joined_ = true;
  for (auto& x : unread)
    told_.insert(x.id);
  decide_join(bennu::accept{json{{"notifications", to_json_array(unread)}}});
  ask_for_unread();
}

void user_channel::tell(int64_t id, const bennu::payload& content) {
  if (told_.insert(id).second)
    push("notification", content);
}

reply user_channel::mark_read(const json& in) {
  std::vector<int64_t> ids;
  const auto given = in.is_object() ? in.value("ids", json{}) : json{};
  bool good = given.is_array() && given.size() <= max_marked_at_once;
  for (auto& x : good ? given : json::array()) {
    good = good && x.is_number_integer();
    ids.push_back(good ? x.get<int64_t>() : 0);
  }
  if (!good)
    return reply::error(field_errors("ids", "must be a list of at most 100 integers"));
  if (shared_->over_limit(shared_->questions, "questions", me_))
    return reply::error(reason("rate_limited"));
  shared_->storage.change([id = me_.id, ids](store& s) { return s.mark_notifications_read(id, ids); },
                          [later = defer()](const result<done>& marked) {
                            marked ? later.ok() : later.error(unavailable_reason(marked.failure()));
                          },
                          asker_key(me_));
  return reply::none();
}

// Asks the store twice: first which rooms the user may watch and then, after it has subscribed to them, what is unread.
// A message that comes meanwhile is counted, or pushed, or both; the client compares its id with that of the last
// counted one.
reply user_channel::watch(const json& in) {
  auto rooms = seen_rooms(in);
  if (!rooms)
    return reply::error(field_errors("rooms", "must be an object of at most 100 room ids with the ids of messages"));
  if (shared_->over_limit(shared_->questions, "questions", me_))
    return reply::error(reason("rate_limited"));
  ask_for_unread_in(std::make_shared<const std::vector<seen_room>>(std::move(*rooms)), defer(), false);
  return reply::none();
}

void user_channel::ask_for_unread_in(const std::shared_ptr<const std::vector<seen_room>>& rooms,
                                     const bennu::deferred_reply& answer, bool subscribed) {
  shared_->storage.ask([id = me_.id, rooms](store& s) { return s.unread_in(id, *rooms); },
                       [me = caf::actor{self()}, rooms, answer, subscribed](const result<std::vector<unread_room>>& x) {
                         caf::anon_send(me, unread_found{x, rooms, answer, subscribed});
                       },
                       asker_key(me_));
}

void user_channel::found(const unread_found& x) {
  if (!x.unread)
    return x.answer.error(reason("unavailable"));
  if (!x.subscribed) {
    watch_rooms(*x.unread);
    return ask_for_unread_in(x.rooms, x.answer, true);
  }
  auto unread = json::object();
  for (const auto& room : *x.unread)
    unread[room.id] = {{"count", room.count}, {"last", room.last_id}};
  x.answer.ok(json{{"unread", unread}});
}

void user_channel::watch_rooms(const std::vector<unread_room>& rooms) {
  std::set<std::string> wanted;
  for (const auto& room : rooms)
    wanted.insert(activity_topic(room.id));
  for (const auto& topic : watched_)
    if (!wanted.contains(topic))
      shared_->topics->unsubscribe(topic, self());
  for (const auto& topic : wanted)
    if (!watched_.contains(topic))
      shared_->topics->subscribe(topic, self());
  watched_ = std::move(wanted);
}

} // namespace chat
