#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "transport/publish/key_ring.hpp"
#include <bennu/actors/checked_text.hpp>
#include <bennu/actors/payload.hpp>
#include <bennu/transport/http.hpp>

namespace bennu::engine {

/// The rules for what a request names. 1 KiB and 255 bytes: as for the subscriptions of clients, and for events in
/// binary frames. Control characters are allowed, as in all topics of `pubsub`.
inline constexpr text_rule api_topic_rule{.name = "the topic", .max_bytes = 1024, .may_have_controls = true};
inline constexpr text_rule api_event_rule{.name = "the event", .max_bytes = 255, .may_have_controls = true};
inline constexpr text_rule api_id_rule{.name = "the id", .max_bytes = 1024, .may_have_controls = true};

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

/// 202: so many messages were handed to pubsub.
http_response accepted(uint64_t messages);

/// 429 with Retry-After: `later` in whole seconds, rounded up, at least one.
http_response too_many(std::string_view why, std::chrono::milliseconds later = std::chrono::seconds{1});

/// 503 with Retry-After: the request may be repeated.
http_response unavailable();

/// The messages in the body of `POST publish`: an object `{"topic","event","payload"}`, or a list of them. The payloads
/// keep their text. Nothing recursive, so that no depth of the JSON can overflow the stack. O(size).
/// @returns 400 for what is no JSON, 413 for too many messages, 422 with the index and the reason of each bad one, 403
/// with the index of each topic that the key may not use.
checked<std::vector<publish_command>> read_publish(std::string_view body, const known_key& by);

/// Whether a topic, or the id of a socket, belongs to the server.
bool is_of_server(std::string_view topic) noexcept;

/// The id in the body of `POST disconnect`, `{"id"}`. @returns 400, 403 or 422 as above.
checked<std::string> read_disconnect(std::string_view body, const known_key& by);

/// The topic of `GET presence?topic=T`. @returns 400 when the query has not exactly this parameter, 403.
checked<std::string> read_presence(std::string_view query, const known_key& by);

} // namespace bennu::engine
