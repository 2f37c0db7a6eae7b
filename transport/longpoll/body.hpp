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

/// What the body of a POST holds. With the exact content type `application/x-ndjson` it is a batch: a message a line,
/// text when the line begins as a JSON array or object does, else the base64 of a binary message; empty lines count for
/// nothing. With any other content type the whole body is one text message.
///
/// Reads at most `max_batch_messages` messages, whatever the length of the body.
/// Source: Phoenix.Transports.LongPoll.
struct posted_batch {
  std::vector<std::optional<posted_message>> messages; ///< in order; nothing in the place of a line that is neither
  bool has_more = false;                               ///< lines follow that were not read
};
posted_batch split_post(std::string_view content_type, std::string_view body);

/// Messages that one POST may carry. 100: what Phoenix takes, and what its client sends at a time.
inline constexpr size_t max_batch_messages = 100;

/// The JSON that answers a poll: the client finds every message as a text in `messages`.
std::string poll_answer(unsigned status, std::string_view token, std::span<const frame_ptr> messages);

/// The JSON that answers anything else. `refused` are the places of the messages of a batch that were not taken.
std::string status_answer(unsigned status, std::span<const size_t> refused = {});

/// The JSON that answers a batch of more than `max_batch_messages`: how many were handled. The client sends the others
/// again.
std::string batch_too_long_answer(std::span<const size_t> refused);

/// The JSON that answers a client who is not let in. Its status is 403 for every refusal, since the official client
/// knows no other and throws at it; `refused_with` is the status that the application chose. `body` is the body of the
/// refusal, where it has one in UTF-8.
std::string refusal_answer(unsigned status, std::string_view body);

/// A binary message to a client as the text that says the same: its bytes become `{"base64":"…"}`, since a long poll
/// carries only text. REQUIRES: `body` is what `serializer_binary` makes.
std::string text_of_binary(std::string_view body);

} // namespace bennu::engine
