#include "actors/wire/serializer_parts.hpp"

#include <array>
#include <cstdint>

#include "actors/json/text.hpp"
#include "actors/json/utf8.hpp"
#include "actors/wire/base64.hpp"

namespace bennu::engine {

std::string text_of_bytes(std::string_view bytes) {
  std::string result = R"({"base64":")";
  result.reserve(result.size() + (bytes.size() + 2) / 3 * 4 + 2);
  append_base64(result, bytes);
  return result += "\"}";
}

} // namespace bennu::engine

namespace bennu::engine::serializer_common {

decode_error malformed(const json_scanner& scanner, std::string_view expected) {
  const std::string_view problem = scanner.problem() ? scanner.problem() : expected;
  return {std::string{problem} + ", at byte " + std::to_string(scanner.offset())};
}

quoted::quoted(std::string_view name, std::string_view value) try : text_(escape_json(value, scratch_)) {
} catch (const std::invalid_argument& problem) {
  throw encode_error(std::string{name} + ": " + problem.what());
}

std::string plain_or_empty(std::string_view raw) {
  return raw.front() == '"' ? decode_json_string(raw) : std::string{};
}

} // namespace bennu::engine::serializer_common

namespace bennu::engine::serializer_binary {

namespace {

constexpr size_t max_field_bytes = 255;

enum kind : char { push_kind = 0, reply_kind = 1, broadcast_kind = 2 };

char size_byte(std::string_view field) {
  return static_cast<char>(field.size());
}

void require_short(std::string_view name, std::string_view field) {
  if (field.size() > max_field_bytes)
    throw encode_error("the " + std::string{name} + " of a binary message has at most 255 bytes, not "
                       + std::to_string(field.size()));
  if (!is_utf8(field))
    throw encode_error("the " + std::string{name} + " is not valid UTF-8");
}

// A ref as Phoenix writes it into a binary frame: a string without its quotes; nothing for null.
std::string plain(std::string_view json_text) {
  if (json_text == "null")
    return {};
  return json_text.front() == '"' ? decode_json_string(json_text) : std::string{json_text};
}

} // namespace

std::variant<client_message, decode_error> decode(std::string_view body) {
  constexpr size_t header_bytes = 5;
  if (body.size() < header_bytes)
    return decode_error{"a binary message has at least 5 bytes, not " + std::to_string(body.size())};
  if (body.front() != push_kind)
    return decode_error{"a client's binary message is a push, kind 0, not "
                        + std::to_string(static_cast<unsigned char>(body.front()))};
  std::array<std::string_view, 4> fields;
  auto rest = body.substr(header_bytes);
  for (size_t i = 0; i < fields.size(); ++i) {
    const auto size = static_cast<unsigned char>(body[1 + i]);
    if (rest.size() < size)
      return decode_error{"a binary message ends within its fields"};
    fields[i] = rest.substr(0, size);
    rest.remove_prefix(size);
    if (!is_utf8(fields[i]))
      return decode_error{"a field of a binary message is not valid UTF-8"};
  }
  client_message result;
  result.join_ref = json_string(fields[0]);
  result.ref = json_string(fields[1]);
  result.topic_text = json_string(fields[2]);
  result.topic = fields[2];
  result.event = fields[3];
  result.body = payload::binary(std::string{rest});
  return result;
}

frame_ptr reply(std::string_view join_ref, std::string_view ref, std::string_view topic_text, std::string_view status,
                std::string_view data) {
  const std::array<std::string, 3> chosen = {plain(join_ref), plain(ref), plain(topic_text)};
  for (const auto& field : chosen)
    if (field.size() > max_field_bytes)
      return nullptr;
  if (status.size() > max_field_bytes)
    return nullptr;
  const std::array<char, 5> header = {reply_kind, size_byte(chosen[0]), size_byte(chosen[1]), size_byte(chosen[2]),
                                      size_byte(status)};
  return make_frame(opcode::binary, {{header.data(), header.size()}, chosen[0], chosen[1], chosen[2], status, data});
}

frame_ptr push(std::string_view join_ref, std::string_view topic, std::string_view event, std::string_view data) {
  const auto join_text = plain(join_ref);
  require_short("join_ref", join_text);
  require_short("topic", topic);
  require_short("event", event);
  const std::array<char, 4> header = {push_kind, size_byte(join_text), size_byte(topic), size_byte(event)};
  return make_frame(opcode::binary, {{header.data(), header.size()}, join_text, topic, event, data});
}

frame_ptr broadcast(std::string_view topic, std::string_view event, std::string_view data) {
  require_short("topic", topic);
  require_short("event", event);
  const std::array<char, 3> header = {broadcast_kind, size_byte(topic), size_byte(event)};
  return make_frame(opcode::binary, {{header.data(), header.size()}, topic, event, data});
}

} // namespace bennu::engine::serializer_binary
