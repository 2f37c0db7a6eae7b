#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "actors/client/client_subscriptions.hpp"
#include "transport/publish/key_ring.hpp"
#include <bennu/actors/checked_text.hpp>
#include <bennu/actors/payload.hpp>
#include <bennu/transport/http.hpp>

namespace bennu::engine {

/// The same rule for a text that errors call `name`.
constexpr text_rule named(text_rule rule, std::string_view name) noexcept {
  rule.name = name;
  return rule;
}

/// The rules for what a request names: those for the subscriptions of clients; an event has at most 255 bytes, as in
/// binary frames.
inline constexpr text_rule api_topic_rule = named(subscribed_topic_rule, "the topic");
inline constexpr text_rule api_id_rule = named(subscribed_topic_rule, "the id");
inline constexpr text_rule api_event_rule{.name = "the event", .max_bytes = 255, .may_have_controls = true};

/// How many messages one request may publish.
inline constexpr size_t max_api_messages = 1'000;

/// A message to publish, checked.
struct publish_command {
  std::string topic;
  std::string event;
  payload body;
};

/// What a request asks for, or the answer that refuses it.
template <class Command>
using checked = std::variant<Command, http_response>;

/// The answers of the API.
http_response api_answer(unsigned status, std::string json);
http_response api_error(unsigned status, std::string_view why);

/// 202: so many messages were handed to pubsub. `missing_nodes` have not acknowledged that they know the idempotency
/// key.
http_response accepted(uint64_t messages, const std::set<std::string>& missing_nodes = {});

/// 400: the body is not JSON; `problem` was found at this byte.
http_response not_json(std::string_view problem, size_t at);

/// Why a key is refused, such as "this key may not use this topic".
std::string no_right(std::string_view what);

/// 429 with Retry-After: `later` in whole seconds, rounded up, at least one.
http_response too_many(std::string_view why, std::chrono::milliseconds later = std::chrono::seconds{1});

/// 503 with Retry-After: the request may be repeated.
http_response unavailable();

/// Whether a topic, or the id of a socket, belongs to the server.
bool is_of_server(std::string_view topic) noexcept;

/// What is wrong with an event that others may publish; nothing when it is free. The protocol's own events are not:
/// those of joins and replies (`phx_`, `chan_reply_`), those of presences (`presence_`), and `position`, which follows
/// a binary broadcast on a topic with history.
std::optional<std::string> fault_of_event(std::string_view event);

/// The id in the body of `POST disconnect`, `{"id"}`. @returns 400 for what is no JSON, 422 for what is no id, 403
/// when the key may not use it.
checked<std::string> read_disconnect(std::string_view body, const known_key& by);

/// The topic of `GET presence?topic=T`. @returns 400 when the query has not exactly this parameter, 403.
checked<std::string> read_presence(std::string_view query, const known_key& by);

} // namespace bennu::engine
