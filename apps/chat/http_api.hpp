#pragma once

#include <optional>
#include <string>
#include <string_view>

#include <nlohmann/json.hpp>

#include "apps/chat/services.hpp"
#include <bennu/transport/http.hpp>

namespace chat {

using json = nlohmann::json;

/// Reads a JSON request body field by field. It collects all complaints, so that the client receives them at once.
class form {
public:
  /// Returns nothing when the body is not one JSON object; then `problem` says why, and the answer is 400.
  static std::optional<form> parse(std::string_view body, std::string& problem);

  /// A required text. When it is missing or has another type, adds a complaint and returns "".
  std::string text(const char* field);

  /// An optional flag.
  bool flag(const char* field, bool otherwise);

  /// An optional list of texts.
  std::vector<std::string> texts(const char* field);

  void complain(const char* field, std::string why) { errors_[field].push_back(std::move(why)); }

  /// Adds the complaint of a rule, if it has one.
  void check(const char* field, const std::optional<std::string>& complaint) {
    if (complaint && !errors_.contains(field))
      complain(field, *complaint);
  }

  bool good() const noexcept { return errors_.empty(); }

  /// 422 with `{"errors":{field:[text]}}`.
  bennu::http_response refusal() const { return bennu::http_response::json(422, json{{"errors", errors_}}.dump()); }

private:
  explicit form(json fields) : fields_(std::move(fields)) {}

  json fields_;
  json errors_ = json::object();
};

/// The chat's HTTP API. Each function answers one route; see `bennu::http_handler` for what it may do. A failed store
/// is answered 503 `{"reason":"unavailable"}`, a malformed body 400 `{"error":text}`, too many requests 429 or 503
/// `{"error":text}` with Retry-After.
struct http_api {
  services_ptr shared;

  // -- accounts ---------------------------------------------------------------

  /// `POST /api/users {"name","password"}`: 201 `{"token","user"}`, 409, 422, 429, 503.
  void sign_up(const bennu::http_request& request, bennu::http_reply reply) const;

  /// `POST /api/sessions {"name","password"}`: 200 `{"token","user"}`, 401, 422, 429, 503.
  void sign_in(const bennu::http_request& request, bennu::http_reply reply) const;

  /// `POST /api/tokens`: 200 `{"token","user"}`, a newer token for the one that is shown; 401.
  void renew_token(const bennu::http_request& request, bennu::http_reply reply) const;

  // -- rooms ------------------------------------------------------------------

  /// `GET /api/rooms?after=ID`: 200 `{"rooms","next"}`, 401. At most 100 rooms; when there are more, `next` is the
  /// `after` of the next request.
  void list_rooms(const bennu::http_request& request, bennu::http_reply reply) const;

  /// `POST /api/rooms {"id","name","private","members"}`: 201 `{"room"}`, 401, 409, 422, 429.
  void add_room(const bennu::http_request& request, bennu::http_reply reply) const;

  // -- pictures ---------------------------------------------------------------

  /// `GET /avatars/NAME.svg`: 200, 404.
  void avatar(const bennu::http_request& request, bennu::http_reply reply) const;
};

/// Serves everything that has no route: avatars, the official client under `/vendor/phoenix.mjs`, and the files of
/// the page. Its Content-Security-Policy allows only the scripts of the page itself.
/// @throws std::invalid_argument when `folder` does not exist.
bennu::http_handler web_page(const std::string& folder, http_api api);

} // namespace chat
