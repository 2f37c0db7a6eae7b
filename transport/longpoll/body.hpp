#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "actors/wire/frame.hpp"

namespace bennu::engine {

/// One message that a long-polling client posted.
struct posted_message {
  opcode kind = opcode::text;
  std::string body;
};

/// The content of the body of a POST. With the exact content type `application/x-ndjson` it is a batch with one
/// message per line. A line that begins like a JSON array or object is text, any other line is the base64 of a binary
/// message, and empty lines are ignored. With any other content type the whole body is one text message.
///
/// It reads at most `max_batch_messages` messages, however long the body is.
/// Source: Phoenix.Transports.LongPoll.
struct posted_batch {
  std::vector<std::optional<posted_message>> messages; ///< in order; nothing for a line that is neither
  bool has_more = false;                               ///< whether there are more lines, which were not read
};
posted_batch split_post(std::string_view content_type, std::string_view body);

/// How many messages one POST may contain. 100: the limit of Phoenix, and what its client sends at once.
inline constexpr size_t max_batch_messages = 100;

/// The JSON of the response to a poll. `messages` contains every message as a text.
std::string poll_answer(unsigned status, std::string_view token, std::span<const frame_ptr> messages);

/// The JSON of any other response. `refused` are the indices of the refused messages of a batch.
std::string status_answer(unsigned status, std::span<const size_t> refused = {});

/// The JSON of the response to a batch of more than `max_batch_messages`, with how many were handled. The client
/// sends the others again.
std::string batch_too_long_answer(std::span<const size_t> refused);

/// The JSON of the response to a refused client. Its status is always 403, because the official client throws at any
/// other. `refused_with` is the status that the application chose. `body` is the body of the refusal, if it is UTF-8.
std::string refusal_answer(unsigned status, std::string_view body);

/// A binary message to a client as text: its bytes become `{"base64":"…"}`, because a long poll carries only text.
/// REQUIRES: `body` was made by `serializer_binary`. The binary message of an application's serializer becomes the
/// base64 of its bytes.
std::string text_of_binary(std::string_view body);

} // namespace bennu::engine
