#pragma once

#include <memory>
#include <optional>
#include <string>

#include "apps/chat/games.hpp"
#include "apps/chat/services.hpp"
#include "apps/chat/wire_format.hpp"
#include <bennu/transport/http.hpp>

namespace chat {

/// Answers that several routes of the chat's HTTP API give.

/// Seconds since 1970, by the clock of the node.
int64_t unix_seconds();

bennu::http_response answer(unsigned status, const json& body);

/// 400 `{"error"}`.
bennu::http_response bad_request(const std::string& why);

/// `{"errors":{field:[why]}}`.
bennu::http_response field_error(unsigned status, const char* field, const std::string& why);

/// 503 `{"reason":"unavailable"}`, with `"may_be_stored":true` when the change may have been made.
bennu::http_response store_is_away(const store_failure& why);

/// 429 or 503 `{"error"}` with Retry-After.
bennu::http_response try_later(unsigned status, const std::string& why, std::chrono::seconds when);

/// `{"token","user"}`.
bennu::http_response signed_in(const user& owner, unsigned status, const std::string& token);

/// Who sent the request: the owner of its Bearer token.
std::optional<bearer> bearer_of(const services& shared, const bennu::http_request& request);

/// 401: the request has no valid token.
bennu::http_response token_needed();

/// Wraps `reply`: the client receives 503 when the pool refuses or drops the question.
using open_reply = std::shared_ptr<question<bennu::http_response>>;
open_reply answered_by_a_pool(bennu::http_reply reply);

} // namespace chat
