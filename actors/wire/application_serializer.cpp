#include "actors/wire/application_serializer.hpp"

#include <stdexcept>
#include <utility>

#include <nlohmann/json.hpp>

#include "actors/json/scanner.hpp"
#include "actors/json/text.hpp"
#include "actors/json/utf8.hpp"
#include "supervision/process/crash_report.hpp"

namespace bennu::engine {

namespace {

version_requirement checked(std::string_view version) {
  if (const auto result = version_requirement::parse(version))
    return *result;
  throw std::invalid_argument("serializer: the version is MAJOR.MINOR.PATCH, for example 2.0.0, not \""
                              + std::string{version} + "\"");
}

// Writing a value is recursive; see `payload::max_depth`.
bool nests_deeper(const json& x, size_t limit) {
  if (!x.is_structured())
    return false;
  if (limit == 0)
    return true;
  for (const auto& y : x) // no algorithm: it would need many frames of the stack for each level
    if (nests_deeper(y, limit - 1))
      return true;
  return false;
}

// What is wrong with a message that an application's serializer has read; nothing when it can go on.
std::string_view problem_of(const socket_message& x) {
  if (!is_utf8(x.topic))
    return "the topic of a decoded message is not valid UTF-8";
  if (!is_utf8(x.event))
    return "the event of a decoded message is not valid UTF-8";
  if (nests_deeper(x.join_ref, payload::max_depth) || nests_deeper(x.ref, payload::max_depth))
    return "a ref of a decoded message is nested too deep";
  if (!x.body.is_binary() && !is_json(x.body.bytes()))
    return "the body of a decoded message is neither JSON nor binary";
  return {};
}

json value_of(std::string_view raw_ref) {
  return json::parse(raw_ref);
}

std::string topic_of(std::string_view topic_text) {
  return topic_text.front() == '"' ? decode_json_string(topic_text) : std::string{};
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
  result.join_ref = x.join_ref.dump(); // throws for a string that is not UTF-8
  result.ref = x.ref.dump();
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

frame_ptr application_serializer::encode_or_throw(const socket_message& x) const {
  if (auto result = encode(x))
    return result;
  throw encode_error("the serializer of this client cannot express the event " + x.event + " of topic " + x.topic);
}

frame_ptr application_serializer::reply(std::string_view join_ref, std::string_view ref, std::string_view topic_text,
                                        std::string_view status, const payload& response) const {
  socket_message x{value_of(join_ref), value_of(ref), topic_of(topic_text), "phx_reply", response, std::string{status}};
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

frame_ptr application_serializer::channel_end(std::string_view join_ref, std::string_view topic_text,
                                              std::string_view event, const payload& body) const {
  auto result = encode({value_of(join_ref), value_of(join_ref), topic_of(topic_text), std::string{event}, body, {}});
  return result ? result : make_foreign_frame(opcode::close, "it cannot encode " + std::string{event});
}

} // namespace bennu::engine
