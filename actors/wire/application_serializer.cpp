#include "actors/wire/application_serializer.hpp"

#include <stdexcept>
#include <utility>

#include <nlohmann/json.hpp>

#include "actors/json/scanner.hpp"
#include "actors/json/text.hpp"
#include "actors/json/utf8.hpp"
#include "actors/wire/serializer_parts.hpp"
#include "supervision/process/crash_report.hpp"

namespace bennu::engine {

using serializer_common::plain_or_empty;

namespace {

version_requirement checked(std::string_view version) {
  if (const auto result = version_requirement::parse(version))
    return *result;
  throw std::invalid_argument("serializer: the version is MAJOR.MINOR.PATCH, for example 2.0.0, not \""
                              + std::string{version} + "\"");
}

// The JSON text of a ref; a value that nlohmann could not parse becomes null.
// @throws std::invalid_argument when it is not UTF-8 or nested too deep
std::string text_of_ref(const json& ref) {
  std::string result;
  append_json(result, ref);
  if (!payload::from_text(result).has_value())
    throw std::invalid_argument("a ref of a decoded message is nested too deep");
  return result;
}

// What is wrong with a message that an application's serializer has read; nothing when it can go on.
std::string_view problem_of(const socket_message& x) {
  if (!is_utf8(x.topic))
    return "the topic of a decoded message is not valid UTF-8";
  if (!is_utf8(x.event))
    return "the event of a decoded message is not valid UTF-8";
  if (!x.body.is_binary() && !is_json(x.body.bytes()))
    return "the body of a decoded message is neither JSON nor binary";
  return {};
}

json value_of(std::string_view raw_ref) {
  return json::parse(raw_ref);
}

} // namespace

application_serializer::application_serializer(std::string_view version,
                                               std::shared_ptr<const socket_serializer> format)
  : version_(checked(version)), format_(std::move(format)) {}

std::variant<client_message, decode_error> application_serializer::decode(opcode kind, std::string_view body) const
  try {
  auto found = format_->decode(kind == opcode::binary, body);
  if (auto* none = std::get_if<unreadable_message>(&found))
    return decode_error{std::move(none->why)};
  auto& x = std::get<socket_message>(found);
  if (const auto problem = problem_of(x); !problem.empty())
    return decode_error{std::string{problem}, true};
  client_message result;
  result.join_ref = text_of_ref(x.join_ref);
  result.ref = text_of_ref(x.ref);
  result.topic_text = json_string(x.topic);
  result.topic = std::move(x.topic);
  result.event = std::move(x.event);
  result.body = std::move(x.body);
  return result;
} catch (...) {
  return decode_error{exception_text(), true};
}

// Null when the format cannot express the message.
frame_ptr application_serializer::encode(const socket_message& x) const {
  try {
    const auto found = format_->encode(x);
    if (!found)
      return nullptr;
    if (!found->is_binary && !is_utf8(found->bytes))
      return make_foreign_frame(opcode::close, "an encoded text is not valid UTF-8");
    return make_foreign_frame(found->is_binary ? opcode::binary : opcode::text, found->bytes);
  } catch (...) {
    return make_foreign_frame(opcode::close, exception_text());
  }
}

// The topic and the event are the channel's own, so that a mistake in them is the channel's, not the serializer's.
frame_ptr application_serializer::encode_or_throw(const socket_message& x) const {
  if (!is_utf8(x.topic) || !is_utf8(x.event))
    throw encode_error("the topic or the event is not valid UTF-8");
  if (auto result = encode(x))
    return result;
  throw encode_error("the serializer of this client cannot express the event " + x.event + " of topic " + x.topic);
}

frame_ptr application_serializer::reply(std::string_view join_ref, std::string_view ref, std::string_view topic_text,
                                        std::string_view status, const payload& response) const {
  socket_message x{value_of(join_ref), value_of(ref), plain_or_empty(topic_text),
                   "phx_reply",        response,      std::string{status}};
  if (auto result = encode(x))
    return result;
  x.status = "error";
  x.body = json{{"reason", "the reply cannot be encoded"}};
  auto result = encode(x);
  return result ? result : make_foreign_frame(opcode::close, "it encodes neither a reply nor an error in its place");
}

frame_ptr application_serializer::push(std::string_view join_ref, std::string_view topic, std::string_view event,
                                       const payload& body) const {
  return encode_or_throw({value_of(join_ref), nullptr, std::string{topic}, std::string{event}, body, {}});
}

frame_ptr application_serializer::broadcast(std::string_view topic, std::string_view event, const payload& body) const {
  return encode_or_throw({nullptr, nullptr, std::string{topic}, std::string{event}, body, {}});
}

frame_ptr application_serializer::broadcast_at(std::string_view position, std::string_view topic,
                                               std::string_view event, const payload& body) const {
  return encode_or_throw({nullptr, position, std::string{topic}, std::string{event}, body, {}});
}

frame_ptr application_serializer::channel_end(std::string_view join_ref, std::string_view topic_text,
                                              std::string_view event, const payload& body) const {
  auto result =
    encode({value_of(join_ref), value_of(join_ref), plain_or_empty(topic_text), std::string{event}, body, {}});
  return result ? result : make_foreign_frame(opcode::close, "it cannot encode " + std::string{event});
}

} // namespace bennu::engine
