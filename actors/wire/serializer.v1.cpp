// Serializer v1. A message is an object: {"topic": …, "event": …, "payload": …, "ref": …}; clients may add "join_ref".
// A binary payload becomes {"base64": …}.

#include "actors/json/text.hpp"
#include "actors/wire/serializer_parts.hpp"

namespace bennu::engine {

namespace {

using serializer_common::malformed;
using serializer_common::plain_or_empty;
using serializer_common::quoted;

// The raw text of the members that the format defines. When a name occurs twice, the later member wins, as in Phoenix.
struct members {
  std::string_view topic, event, payload, ref, join_ref;

  std::string_view* find(std::string_view name) {
    if (name == "topic")
      return &topic;
    if (name == "event")
      return &event;
    if (name == "payload")
      return &payload;
    if (name == "ref")
      return &ref;
    return name == "join_ref" ? &join_ref : nullptr;
  }

  const char* missing() const {
    if (topic.empty())
      return "the member \"topic\" is missing";
    if (event.empty())
      return "the member \"event\" is missing";
    if (payload.empty())
      return "the member \"payload\" is missing";
    return ref.empty() ? "the member \"ref\" is missing" : nullptr;
  }
};

std::optional<decode_error> read_object(json_scanner& in, members& out) {
  const auto* expected = read_json_members(in, [&](std::string_view name, std::string_view, std::string_view value) {
    if (auto* member = out.find(name))
      *member = value;
  });
  if (expected)
    return malformed(in, expected);
  if (!in.at_end())
    return malformed(in, "text after the object");
  if (const auto* missing = out.missing())
    return decode_error{missing};
  return std::nullopt;
}

frame_ptr message(std::string_view ref, std::string_view topic_text, std::string_view event, std::string_view body) {
  return make_frame(opcode::text, {R"({"event":")", event, R"(","payload":)", body, R"(,"ref":)", ref, R"(,"topic":)",
                                   topic_text, "}"});
}

// A payload as JSON text. The v1 serializer of Phoenix has no binary payloads: a broadcast of one crashes its sender.
class body_text {
public:
  explicit body_text(const payload& x)
    : encoded_(x.is_binary() ? text_of_bytes(x.bytes()) : std::string{}), text_(x.is_binary() ? encoded_ : x.bytes()) {}
  body_text(const body_text&) = delete;
  body_text& operator=(const body_text&) = delete;
  operator std::string_view() const noexcept { return text_; } // NOLINT(google-explicit-constructor): its purpose

private:
  std::string encoded_;
  std::string_view text_;
};

class v1_serializer final : public serializer {
public:
  // Reads JSON from binary messages too, as Phoenix does.
  std::variant<client_message, decode_error> decode(opcode, std::string_view body) const override {
    json_scanner in{body};
    members raw;
    if (auto problem = read_object(in, raw))
      return std::move(*problem);
    client_message result;
    if (!raw.join_ref.empty())
      result.join_ref = raw.join_ref;
    result.ref = raw.ref;
    result.topic_text = raw.topic;
    result.topic = plain_or_empty(raw.topic);
    result.event = plain_or_empty(raw.event);
    result.body = payload::from_text(std::string{raw.payload});
    return result;
  }

  frame_ptr reply(std::string_view, std::string_view ref, std::string_view topic_text, std::string_view status,
                  const payload& response) const override {
    const quoted status_text{"status", status};
    return make_frame(opcode::text,
                      {R"({"event":"phx_reply","payload":{"response":)", body_text{response}, R"(,"status":")",
                       status_text.text(), R"("},"ref":)", ref, R"(,"topic":)", topic_text, "}"});
  }

  frame_ptr push(std::string_view, std::string_view topic, std::string_view event, const payload& body) const override {
    return broadcast(topic, event, body);
  }

  frame_ptr broadcast(std::string_view topic, std::string_view event, const payload& body) const override {
    const quoted topic_text{"topic", topic};
    const quoted event_text{"event", event};
    return make_frame(opcode::text, {R"({"event":")", event_text.text(), R"(","payload":)", body_text{body},
                                     R"(,"ref":null,"topic":")", topic_text.text(), R"("})"});
  }

  frame_ptr broadcast_at(std::string_view position, std::string_view topic, std::string_view event,
                         const payload& body) const override {
    const quoted topic_text{"topic", topic};
    const quoted event_text{"event", event};
    return make_frame(opcode::text, {R"({"event":")", event_text.text(), R"(","payload":)", body_text{body},
                                     R"(,"ref":")", position, R"(","topic":")", topic_text.text(), R"("})"});
  }

  frame_ptr channel_end(std::string_view join_ref, std::string_view topic_text, std::string_view event,
                        const payload& body) const override {
    return message(join_ref, topic_text, quoted{"event", event}.text(), body_text{body});
  }
};

} // namespace

const serializer& serializer_v1() {
  static const v1_serializer instance;
  return instance;
}

} // namespace bennu::engine
