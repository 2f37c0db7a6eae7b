#include "apps/chat/http_answers.hpp"

#include <nlohmann/json.hpp>

#include "apps/chat/text_rules.hpp"

namespace chat {

using bennu::http_response;

int64_t unix_seconds() {
  return unix_ms() / 1000;
}

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

http_response store_is_away(const store_failure& why) {
  return answer(503, unavailable_reason(why));
}

http_response try_later(unsigned status, const std::string& why, std::chrono::seconds when) {
  auto made = answer(status, {{"error", why}});
  made.headers.emplace_back("Retry-After", std::to_string(when.count()));
  return made;
}

http_response signed_in(const user& owner, unsigned status, const std::string& token) {
  auto person = to_json(owner);
  person["avatar"] = avatar_url(owner);
  return answer(status, {{"token", token}, {"user", person}});
}

// Case-insensitive scheme: RFC 9110 §11.1.
std::optional<bearer> bearer_of(const services& shared, const bennu::http_request& request) {
  const auto header = request.header("Authorization");
  if (header.size() < 7 || name_key(header.substr(0, 6)) != "bearer" || header[6] != ' ')
    return std::nullopt;
  return shared.tokens.read(header.substr(7), unix_seconds());
}

http_response token_needed() {
  auto made = answer(401, {{"error", "a valid token is needed: Authorization: Bearer TOKEN"}});
  made.headers.emplace_back("WWW-Authenticate", "Bearer");
  return made;
}

open_reply answered_by_a_pool(bennu::http_reply reply) {
  return std::make_shared<question<http_response>>(
    std::move(reply), try_later(503, "too many people are signing in, try again", std::chrono::seconds{5}));
}

} // namespace chat
