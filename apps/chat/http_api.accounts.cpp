#include "apps/chat/http_api.hpp"
#include "apps/chat/hashing_queue.hpp"
#include "apps/chat/http_answers.hpp"
#include "apps/chat/text_rules.hpp"
#include "apps/chat/window_limiter.hpp"

namespace chat {

using bennu::address_key;
using bennu::http_reply;
using bennu::http_request;
using bennu::http_response;
using namespace std::chrono_literals;

namespace {

http_response too_many_failures() {
  return try_later(429, "too many failed sign-ins, try again in a minute", 60s);
}

http_response too_many_sign_ups() {
  return try_later(429, "too many new accounts, try again in a minute", 60s);
}

/// A sign-in after its form: the name is looked up, then the password is compared on the hashing thread.
struct sign_in_attempt {
  services_ptr shared;
  std::string address; ///< its `address_key`
  std::string password;
  open_reply open;

  void compare(const result<credentials>& found) const {
    if (found.is(store_failure::kind::unavailable))
      return void(open->answer(store_is_away(found.failure())));
    shared->hashing.run(hashing_work::sign_in, [self = *this, found] { self.finish(found); });
  }

private:
  // Checks the limit again, because attempts arrive here one after another: a burst of parallel guesses cannot pass.
  void finish(const result<credentials>& found) const {
    const auto now = window_limiter::clock::now();
    if (shared->failed_sign_ins.exhausted(address, now))
      return void(open->answer(too_many_failures()));
    const bool fits = found ? password_fits(password, found->password_hash) : password_fits_nobody(password);
    if (fits)
      return void(open->answer(signed_in(found->owner, 200, shared->tokens.sign(found->owner, unix_seconds()))));
    shared->failed_sign_ins.take(address, now);
    open->answer(chat::answer(401, {{"error", "wrong name or password"}}));
  }
};

/// A sign-up after its form: the password is hashed, then the account is stored.
struct sign_up_attempt {
  services_ptr shared;
  std::string address; ///< its `address_key`
  std::string name;
  std::string password;
  open_reply open;

  void operator()() const {
    shared->storage.change([name = name, hash = hash_password(password)](store& s) { return s.add_user(name, hash); },
                           [shared = shared, open = open](const result<user>& added) {
                             if (added)
                               open->answer(signed_in(*added, 201, shared->tokens.sign(*added, unix_seconds())));
                             else if (added.is(store_failure::kind::conflict))
                               open->answer(field_error(409, "name", "has already been taken"));
                             else
                               open->answer(store_is_away(added.failure()));
                           },
                           address);
  }
};

} // namespace

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
  const auto now = window_limiter::clock::now();
  const auto address = address_key(request.peer_address);
  if (!shared->sign_ups.take(address, now) || !shared->all_sign_ups.take("", now)) {
    shared->numbers->limited("sign_ups");
    return reply(too_many_sign_ups());
  }
  shared->hashing.run(hashing_work::sign_up,
                      sign_up_attempt{shared, address, name, password, answered_by_a_pool(std::move(reply))});
}

void http_api::sign_in(const http_request& request, http_reply reply) const {
  std::string problem;
  auto in = form::parse(request.body, problem);
  if (!in)
    return reply(bad_request(problem));
  const auto name = name_form(in->text("name")), password = in->text("password");
  if (!in->good())
    return reply(in->refusal());
  const auto address = address_key(request.peer_address);
  if (shared->failed_sign_ins.exhausted(address, window_limiter::clock::now())) {
    shared->numbers->limited("failed_sign_ins");
    return reply(too_many_failures());
  }
  const sign_in_attempt attempt{shared, address, password, answered_by_a_pool(std::move(reply))};
  if (complaint_about_name(name)) // takes as long as any other unknown name
    return attempt.compare(not_found("user"));
  shared->storage.ask([name](store& s) { return s.find_user(name); },
                      [attempt](const result<credentials>& found) { attempt.compare(found); }, address);
}

void http_api::renew_token(const http_request& request, http_reply reply) const {
  const auto now = unix_seconds();
  const auto session = bearer_of(*shared, request);
  if (!session)
    return reply(token_needed());
  if (const auto token = shared->tokens.renew(*session, now))
    return reply(signed_in(session->owner, 200, *token));
  reply(answer(401, {{"error", "this session is too old: sign in again"}}));
}

} // namespace chat
