#include "apps/chat/http_api.hpp"

#include <algorithm>
#include <chrono>

#include "apps/chat/form.hpp"
#include "apps/chat/name_rules.hpp"
#include "apps/chat/password.hpp"
#include "apps/chat/wire_format.hpp"

namespace chat {

using bennu::http_reply;
using bennu::http_request;
using bennu::http_response;

namespace {

// More than a room has at once; further members are named by nobody yet. 100 look-ups are one short transaction.
constexpr size_t max_members = 100;

http_response answer(unsigned status, const json& body) {
  auto made = http_response::json(status, body.dump());
  made.headers.emplace_back("Cache-Control", "no-store");
  return made;
}

http_response bad_request(const std::string& why) {
  return answer(400, {{"error", why}});
}

http_response field_error(unsigned status, const char* field, const std::string& why) {
  return answer(status, {{"errors", {{field, {why}}}}});
}

http_response store_is_away() {
  return answer(503, {{"reason", "unavailable"}});
}

http_response too_busy() {
  return answer(503, {{"error", "too many people are signing in, try again"}});
}

http_response signed_in(const services& shared, unsigned status, const user& owner) {
  auto person = to_json(owner);
  person["avatar"] = avatar_url(owner);
  return answer(status, {{"token", shared.tokens.sign(owner, unix_seconds())}, {"user", person}});
}

http_response wrong_credentials() {
  return answer(401, {{"error", "wrong name or password"}});
}

http_response too_many_failures() {
  auto made = answer(429, {{"error", "too many failed sign-ins, try again in a minute"}});
  made.headers.emplace_back("Retry-After", "60");
  return made;
}

// Case-insensitive scheme: RFC 9110 §11.1.
std::optional<user> bearer(const services& shared, const http_request& request) {
  auto header = request.header("Authorization");
  if (header.size() < 7 || name_key(header.substr(0, 6)) != "bearer" || header[6] != ' ')
    return std::nullopt;
  return shared.tokens.read(header.substr(7), unix_seconds());
}

http_response token_needed() {
  auto made = answer(401, {{"error", "a valid token is needed: Authorization: Bearer TOKEN"}});
  made.headers.emplace_back("WWW-Authenticate", "Bearer");
  return made;
}

/// Answers 503 when the pool that was to find the answer refuses or drops the question.
using open_reply = std::shared_ptr<question<http_response>>;

open_reply answered_by_a_pool(http_reply reply) {
  return std::make_shared<question<http_response>>(std::move(reply), too_busy());
}

/// A sign-in after its form: the name is looked up, then the password is compared on the hashing thread.
struct sign_in_attempt {
  services_ptr shared;
  std::string address;
  std::string password;
  open_reply open;

  void compare(const result<credentials>& found) const {
    if (found.is(store_failure::kind::unavailable))
      return open->answer(store_is_away());
    shared->hash([self = *this, found] { self.finish(found); });
  }

private:
  // Asked again here, where attempts come one after another: no burst of parallel guesses slips through.
  void finish(const result<credentials>& found) const {
    const auto now = window_limiter::clock::now();
    if (shared->failed_sign_ins.exhausted(address, now))
      return open->answer(too_many_failures());
    const bool fits = found ? password_fits(password, found->password_hash) : password_fits_nobody(password);
    if (fits)
      return open->answer(signed_in(*shared, 200, found->owner));
    shared->failed_sign_ins.take(address, now);
    open->answer(wrong_credentials());
  }
};

} // namespace

int64_t unix_seconds() {
  using namespace std::chrono;
  return duration_cast<seconds>(system_clock::now().time_since_epoch()).count();
}

void http_api::sign_up(const http_request& request, http_reply reply) const {
  std::string problem;
  auto in = form::parse(request.body, problem);
  if (!in)
    return reply(bad_request(problem));
  const auto name = name_form(in->text("name")), password = in->text("password");
  in->check("name", complaint_about_name(name));
  in->check("password", complaint_about_password(password));
  if (!in->good())
    return reply(in->refusal());
  shared->hash([shared = shared, name, password, open = answered_by_a_pool(std::move(reply))] {
    shared->storage.ask([name, hash = hash_password(password)](store& s) { return s.add_user(name, hash); },
                        [shared, open](const result<user>& added) {
                          if (added)
                            open->answer(signed_in(*shared, 201, *added));
                          else if (added.is(store_failure::kind::conflict))
                            open->answer(field_error(409, "name", "has already been taken"));
                          else
                            open->answer(store_is_away());
                        });
  });
}

void http_api::sign_in(const http_request& request, http_reply reply) const {
  std::string problem;
  auto in = form::parse(request.body, problem);
  if (!in)
    return reply(bad_request(problem));
  const auto name = name_form(in->text("name")), password = in->text("password");
  if (!in->good())
    return reply(in->refusal());
  if (shared->failed_sign_ins.exhausted(request.peer_address, window_limiter::clock::now()))
    return reply(too_many_failures());
  sign_in_attempt attempt{shared, request.peer_address, password, answered_by_a_pool(std::move(reply))};
  if (complaint_about_name(name)) // takes as long as any other unknown name
    return attempt.compare(not_found("user"));
  shared->storage.ask([name](store& s) { return s.find_user(name); },
                      [attempt](const result<credentials>& found) { attempt.compare(found); });
}

void http_api::list_rooms(const http_request& request, http_reply reply) const {
  auto owner = bearer(*shared, request);
  if (!owner)
    return reply(token_needed());
  shared->storage.ask([id = owner->id](store& s) { return s.rooms_of(id); },
                      [reply](const result<std::vector<room>>& rooms) {
                        reply(rooms ? answer(200, {{"rooms", to_json_array(*rooms)}}) : store_is_away());
                      });
}

void http_api::add_room(const http_request& request, http_reply reply) const {
  auto owner = bearer(*shared, request);
  if (!owner)
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
    in->complain("members", "should be at most " + std::to_string(max_members) + " names");
  for (const auto& member : members)
    if (complaint_about_name(member))
      in->check("members", "no such user: " + member.substr(0, 64));
  if (!in->good())
    return reply(in->refusal());
  shared->storage.ask([place, members, id = owner->id](store& s) { return s.add_room(place, id, members); },
                      [reply](const result<room>& added) {
                        if (added)
                          reply(answer(201, {{"room", to_json(*added)}}));
                        else if (added.is(store_failure::kind::conflict))
                          reply(field_error(409, "id", "has already been taken"));
                        else if (added.is(store_failure::kind::not_found))
                          reply(field_error(422, "members", "no such user: " + added.failure().text));
                        else
                          reply(store_is_away());
                      });
}

void http_api::avatar(const http_request& request, http_reply reply) const {
  constexpr std::string_view folder = "/avatars/", ending = ".svg";
  std::string_view name{request.path};
  if (name.size() < folder.size() + ending.size() || !name.starts_with(folder) || !name.ends_with(ending))
    return reply(http_response::text(404, "not found\n"));
  name = name.substr(folder.size(), name.size() - folder.size() - ending.size());
  if (complaint_about_name(name))
    return reply(http_response::text(404, "not found\n"));
  reply({200,
         {{"Content-Type", "image/svg+xml"},
          {"Cache-Control", "public, max-age=86400"},
          {"Content-Security-Policy", "default-src 'none'"}},
         avatar_svg(name)});
}

} // namespace chat
