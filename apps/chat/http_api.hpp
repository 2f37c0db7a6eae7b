#pragma once

#include "apps/chat/services.hpp"
#include <bennu/transport/http.hpp>

namespace chat {

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

  /// `GET /api/rooms?after=ID`: 200 `{"rooms","next"}`, 401. At most 100 rooms; where there are more, `next` is what
  /// `after` takes.
  void list_rooms(const bennu::http_request& request, bennu::http_reply reply) const;

  /// `POST /api/rooms {"id","name","private","members"}`: 201 `{"room"}`, 401, 409, 422, 429.
  void add_room(const bennu::http_request& request, bennu::http_reply reply) const;

  // -- pictures ---------------------------------------------------------------

  /// `GET /avatars/NAME.svg`: 200, 404.
  void avatar(const bennu::http_request& request, bennu::http_reply reply) const;
};

} // namespace chat
