#pragma once

#include "apps/chat/services.hpp"
#include <bennu/transport/http.hpp>

namespace chat {

/// The chat's HTTP API. Each function answers one route; see `bennu::http_handler` for what it may do.
/// A failed store is answered 503 `{"reason":"unavailable"}`, a malformed body 400 `{"error":text}`.
struct http_api {
  services_ptr shared;

  /// `POST /api/users {"name","password"}`: 201 `{"token","user"}`, 409, 422.
  void sign_up(const bennu::http_request& request, bennu::http_reply reply) const;

  /// `POST /api/sessions {"name","password"}`: 200 `{"token","user"}`, 401, 422, 429.
  void sign_in(const bennu::http_request& request, bennu::http_reply reply) const;

  /// `GET /api/rooms`: 200 `{"rooms"}`, 401.
  void list_rooms(const bennu::http_request& request, bennu::http_reply reply) const;

  /// `POST /api/rooms {"id","name","private","members"}`: 201 `{"room"}`, 401, 409, 422.
  void add_room(const bennu::http_request& request, bennu::http_reply reply) const;

  /// `GET /avatars/NAME.svg`: 200, 404.
  void avatar(const bennu::http_request& request, bennu::http_reply reply) const;
};

/// Seconds since 1970.
int64_t unix_seconds();

} // namespace chat
