#pragma once

#include <string_view>
#include <variant>

#include "actors/wire/serializer.hpp"

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
