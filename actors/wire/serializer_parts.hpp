#pragma once

#include <string>
#include <string_view>
#include <variant>

#include "actors/json/scanner.hpp"
#include "actors/wire/serializer.hpp"

namespace bennu::engine {

/// A binary payload as JSON, for connections that carry only text (long polling, serializer v1): `{"base64":"…"}`
/// (RFC 4648 §4).
std::string text_of_bytes(std::string_view bytes);

} // namespace bennu::engine

/// Helpers that both wire formats use.
namespace bennu::engine::serializer_common {

/// The error for a frame that cannot be read: the problem that `scanner` found, or `expected` when the JSON itself is
/// valid; in both cases with the position.
decode_error malformed(const json_scanner& scanner, std::string_view expected);

/// A topic or an event as it stands between the quotes of a JSON string. Copies the value only when it needs escapes.
/// REQUIRES: the value outlives this object.
class quoted {
public:
  /// @throws encode_error if `value` is not valid UTF-8. `name` is the name of the field in the error's text.
  quoted(std::string_view name, std::string_view value);
  quoted(const quoted&) = delete;
  quoted& operator=(const quoted&) = delete;

  std::string_view text() const noexcept { return text_; }

private:
  std::string scratch_;
  std::string_view text_;
};

/// The value of a field when its JSON text `raw` is a string, else an empty string.
std::string plain_or_empty(std::string_view raw);

} // namespace bennu::engine::serializer_common

/// The binary frames of serializer v2. A frame is one byte for its kind, one byte for the size of each field, the
/// fields, and then the data.
///
/// | kind        | sizes and fields                     | direction   |
/// | ---         | ---                                  | ---         |
/// | 0 push      | join_ref, ref, topic, event          | from client |
/// | 0 push      | join_ref, topic, event               | to client   |
/// | 1 reply     | join_ref, ref, topic, status         | to client   |
/// | 2 broadcast | topic, event                         | to client   |
namespace bennu::engine::serializer_binary {

/// Decodes a push of a client. Refuses fields that are not UTF-8, because replies repeat them as JSON.
std::variant<client_message, decode_error> decode(std::string_view body);

/// @returns null if a field is longer than 255 bytes.
frame_ptr reply(std::string_view join_ref, std::string_view ref, std::string_view topic_text, std::string_view status,
                std::string_view data);

/// @throws encode_error if a field is longer than 255 bytes.
frame_ptr push(std::string_view join_ref, std::string_view topic, std::string_view event, std::string_view data);

/// @throws encode_error if a field is longer than 255 bytes.
frame_ptr broadcast(std::string_view topic, std::string_view event, std::string_view data);

} // namespace bennu::engine::serializer_binary
