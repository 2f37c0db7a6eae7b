// Serializer v2. A message is an array: [join_ref, ref, topic, event, payload]. A binary payload makes a binary frame
// (`serializer_binary`).

#include <array>

#include "actors/wire/serializer_parts.hpp"

namespace bennu::engine {

namespace {

using serializer_common::malformed;
using serializer_common::plain_or_empty;
using serializer_common::quoted;

std::variant<client_message, decode_error> decode_text(std::string_view body) {
  json_scanner in{body};
  if (!in.accept('['))
    return malformed(in, "expected an array");
  std::array<std::string_view, 5> fields;
  size_t count = 0;
  do { // an empty array is an error too: it is too short
    const auto value = in.value();
    if (!value)
      return malformed(in, "expected a value");
    if (count < fields.size()) // elements after the payload are ignored
      fields[count] = *value;
    ++count;
  } while (in.accept(','));
  if (!in.accept(']'))
    return malformed(in, "expected ',' or ']'");
  if (!in.at_end())
    return malformed(in, "text after the array");
  if (count < fields.size())
    return decode_error{"a message has 5 elements, not " + std::to_string(count)};
  client_message result;
  result.join_ref = fields[0];
  result.ref = fields[1];
  result.topic_text = fields[2];
  result.topic = plain_or_empty(fields[2]);
  result.event = plain_or_empty(fields[3]);
  result.body = payload::from_text(std::string{fields[4]});
  return result;
}

frame_ptr text_reply(std::string_view join_ref, std::string_view ref, std::string_view topic_text,
                     std::string_view status, std::string_view response) {
  const quoted status_text{"status", status};
  return make_frame(opcode::text, {"[", join_ref, ",", ref, ",", topic_text, R"(,"phx_reply",{"response":)", response,
                                   R"(,"status":")", status_text.text(), R"("}])"});
}

class v2_serializer final : public serializer {
public:
  std::variant<client_message, decode_error> decode(opcode kind, std::string_view body) const override {
    return kind == opcode::binary ? serializer_binary::decode(body) : decode_text(body);
  }

  frame_ptr reply(std::string_view join_ref, std::string_view ref, std::string_view topic_text, std::string_view status,
                  const payload& response) const override {
    if (!response.is_binary())
      return text_reply(join_ref, ref, topic_text, status, response.bytes());
    if (auto bytes = serializer_binary::reply(join_ref, ref, topic_text, status, response.bytes()))
      return bytes;
    return text_reply(join_ref, ref, topic_text, "error",
                      R"({"reason":"a binary reply needs refs and a topic of at most 255 bytes"})");
  }

  frame_ptr push(std::string_view join_ref, std::string_view topic, std::string_view event,
                 const payload& body) const override {
    if (body.is_binary())
      return serializer_binary::push(join_ref, topic, event, body.bytes());
    const quoted topic_text{"topic", topic};
    const quoted event_text{"event", event};
    return make_frame(opcode::text, {"[", join_ref, R"(,null,")", topic_text.text(), R"(",")", event_text.text(),
                                     R"(",)", body.bytes(), "]"});
  }

  frame_ptr broadcast(std::string_view topic, std::string_view event, const payload& body) const override {
    if (body.is_binary())
      return serializer_binary::broadcast(topic, event, body.bytes());
    return push("null", topic, event, body);
  }

  frame_ptr broadcast_at(std::string_view position, std::string_view topic, std::string_view event,
                         const payload& body) const override {
    if (body.is_binary())
      return serializer_binary::broadcast(topic, event, body.bytes());
    const quoted topic_text{"topic", topic};
    const quoted event_text{"event", event};
    return make_frame(opcode::text, {R"([null,")", position, R"(",")", topic_text.text(), R"(",")", event_text.text(),
                                     R"(",)", body.bytes(), "]"});
  }

  frame_ptr channel_end(std::string_view join_ref, std::string_view topic_text, std::string_view event,
                        const payload& body) const override {
    const quoted event_text{"event", event};
    return make_frame(opcode::text, {"[", join_ref, ",", join_ref, ",", topic_text, R"(,")", event_text.text(), R"(",)",
                                     body.bytes(), "]"});
  }
};

} // namespace

const serializer& serializer_v2() {
  static const v2_serializer instance;
  return instance;
}

} // namespace bennu::engine
