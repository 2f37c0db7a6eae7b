#include <algorithm>

#include "apps/chat/http_answers.hpp"
#include "apps/chat/http_api.hpp"
#include "apps/chat/text_rules.hpp"

namespace chat {

using bennu::http_reply;
using bennu::http_request;
using bennu::http_response;

namespace {

// As many as a list shows well; more come with `after`.
constexpr int rooms_a_page = 100;

// 100 look-ups are one short transaction; nobody types more names.
constexpr size_t max_members = 100;

// The values that the API takes need no decoding.
std::string query_value(std::string_view query, std::string_view name) {
  while (!query.empty()) {
    auto pair = query.substr(0, query.find('&'));
    query.remove_prefix(std::min(query.size(), pair.size() + 1));
    if (pair.size() > name.size() && pair.starts_with(name) && pair[name.size()] == '=')
      return std::string{pair.substr(name.size() + 1)};
  }
  return {};
}

std::string unknown_member(const std::string& name) {
  return "no such user: " + (name.size() > max_name_characters * 4 ? "a name that is too long" : name);
}

http_response answer_to(const result<room>& added) {
  using kind = store_failure::kind;
  if (added)
    return answer(201, {{"room", to_json(*added)}});
  if (added.is(kind::conflict))
    return field_error(409, "id", "has already been taken");
  if (added.is(kind::not_found))
    return field_error(422, "members", unknown_member(added.failure().text));
  if (added.is(kind::limited))
    return field_error(422, "id", "cannot be made: " + added.failure().text);
  return store_is_away(added.failure());
}

} // namespace

void http_api::list_rooms(const http_request& request, http_reply reply) const {
  const auto session = bearer_of(*shared, request);
  if (!session)
    return reply(token_needed());
  const auto after = query_value(request.query, "after");
  if (!after.empty() && complaint_about_id(after))
    return reply(bad_request("after must be the id of a room"));
  shared->storage.ask([id = session->owner.id, after](store& s) { return s.rooms_of(id, after, rooms_a_page + 1); },
                      [reply](result<std::vector<room>> rooms) {
                        if (!rooms)
                          return reply(store_is_away(rooms.failure()));
                        const bool more = rooms->size() > size_t{rooms_a_page};
                        if (more)
                          rooms->resize(rooms_a_page);
                        json page{{"rooms", to_json_array(*rooms)}};
                        if (more)
                          page["next"] = rooms->back().id;
                        reply(answer(200, page));
                      },
                      asker_key(session->owner));
}

void http_api::add_room(const http_request& request, http_reply reply) const {
  const auto session = bearer_of(*shared, request);
  if (!session)
    return reply(token_needed());
  std::string problem;
  auto in = form::parse(request.body, problem);
  if (!in)
    return reply(bad_request(problem));
  room place{in->text("id"), in->text("name"), in->flag("private", false)};
  auto members = in->texts("members");
  std::transform(members.begin(), members.end(), members.begin(), name_form);
  in->check("id", complaint_about_id(place.id));
  in->check("name", complaint_about_room_name(place.name));
  if (members.size() > max_members)
    in->check("members", "should be at most " + std::to_string(max_members) + " names");
  for (const auto& member : members)
    if (complaint_about_name(member))
      in->check("members", unknown_member(member));
  if (!in->good())
    return reply(in->refusal());
  if (shared->over_limit(shared->new_rooms, "new_rooms", session->owner))
    return reply(try_later(429, "too many new rooms, try again in a minute", std::chrono::seconds{60}));
  shared->storage.change([place, members, id = session->owner.id,
                          most = shared->most_rooms](store& s) { return s.add_room(place, id, members, most); },
                         [reply](const result<room>& added) { reply(answer_to(added)); }, asker_key(session->owner));
}

} // namespace chat
