#pragma once

#include <array>
#include <optional>
#include <string>
#include <string_view>
#include <variant>

#include <nlohmann/json.hpp>

#include <bennu/actors/channel.hpp>
#include <bennu/actors/checked_text.hpp>
#include <bennu/actors/endpoint.hpp>
#include <bennu/actors/socket.hpp>
#include <bennu/actors/socket_serializer.hpp>

/// What the guide to serializers shows.
namespace realtime {

using bennu::json;

inline constexpr bennu::text_rule field_rule{.name = "a field", .max_bytes = 255, .may_have_controls = true};

/// A broadcast with bytes, as channels pass it on: one byte for the size of the event, the event, the bytes.
inline bennu::payload bytes_of(const std::string& event, std::string_view bytes) {
  return bennu::payload::binary(std::string(1, static_cast<char>(event.size())) + event + std::string{bytes});
}

/// The wire format of realtime-js 2, the client of Supabase: that of Phoenix, version 2.0.0, in which broadcasts of
/// clients have binary frames of their own.
///
/// | kind        | sizes and fields                                                | direction   |
/// | ---         | ---                                                             | ---         |
/// | 3 push      | join_ref, ref, topic, user event, metadata, encoding (no field) | from client |
/// | 4 broadcast | topic, user event, metadata, encoding (no field)                | to client   |
///
/// Encoding 0 is bytes, 1 is JSON. Broadcasts of JSON go to clients as text, which they read as well.
class realtime_serializer final : public bennu::socket_serializer {
public:
  std::variant<bennu::socket_message, bennu::unreadable_message> decode(bool is_binary,
                                                                        std::string_view bytes) const override {
    return is_binary ? read_push(bytes) : v2().decode(is_binary, bytes);
  }

  std::optional<bennu::encoded_message> encode(const bennu::socket_message& x) const override {
    if (!x.body.is_binary())
      return v2().encode(x);
    return x.event == "broadcast" ? write_broadcast(x) : std::nullopt; // the client reads no other binary frame
  }

private:
  static std::variant<bennu::socket_message, bennu::unreadable_message> read_push(std::string_view bytes) {
    constexpr size_t header_size = 7;
    if (bytes.size() < header_size || bytes[0] != 3)
      return bennu::unreadable_message{"a binary frame of the client has the kind 3"};
    auto rest = bytes.substr(header_size);
    std::array<std::string, 5> fields; // join_ref, ref, topic, user event, metadata
    for (size_t i = 0; i < fields.size(); ++i) {
      const auto size = static_cast<unsigned char>(bytes[1 + i]);
      const auto field = bennu::checked_text<field_rule>::parse(rest.substr(0, size));
      if (rest.size() < size || !field)
        return bennu::unreadable_message{"a field is cut off, or not UTF-8"};
      fields[i] = *field;
      rest.remove_prefix(size);
    }
    const auto ref = [](const std::string& x) { return x.empty() ? json() : json(x); };
    const auto body = bytes[6] == 0 ? std::optional{bytes_of(fields[3], rest)} : json_of(fields[3], rest);
    if (!body)
      return bennu::unreadable_message{"the payload is not JSON"};
    return bennu::socket_message{ref(fields[0]), ref(fields[1]), fields[2], "broadcast", *body, {}};
  }

  static std::optional<bennu::payload> json_of(const std::string& event, std::string_view text) {
    const auto data = bennu::payload::parse(std::string{text});
    if (!data)
      return std::nullopt;
    return bennu::payload().with("type", json("broadcast")).with("event", json(event)).with("payload", *data);
  }

  static std::optional<bennu::encoded_message> write_broadcast(const bennu::socket_message& x) {
    const auto body = x.body.bytes();
    const auto event_size = body.empty() ? 0 : static_cast<unsigned char>(body[0]);
    if (body.size() < 1U + event_size || x.topic.size() > 255)
      return std::nullopt;
    const std::string header{'\4', static_cast<char>(x.topic.size()), static_cast<char>(event_size), '\0', '\0'};
    return bennu::encoded_message{true, header + x.topic + std::string{body.substr(1)}};
  }
};

class any_socket : public bennu::socket {
public:
  bennu::connect_result connect(const bennu::connect_info&) override { return bennu::connected{}; }
};

/// `realtime:*`: passes on what its clients broadcast, to all the others and, where a client asked for it, to itself.
class realtime_channel : public bennu::channel_of<realtime_channel> {
public:
  using channel_of::channel_of;

  bennu::join_result join(const json& params) override {
    const auto config = params.value(json::json_pointer{"/config/broadcast"}, json::object());
    hears_itself_ = config.value("self", false);
    wants_answers_ = config.value("ack", false);
    return bennu::accept{};
  }

  static bennu::events<realtime_channel> events_in() {
    return {{"broadcast", [](realtime_channel& self, const bennu::payload& in) { return self.pass_on(in); }},
            {"access_token", [](realtime_channel&, const bennu::payload&) {}}};
  }

private:
  bennu::reply pass_on(const bennu::payload& in) {
    hears_itself_ ? broadcast("broadcast", in) : broadcast_from("broadcast", in);
    return wants_answers_ ? bennu::reply::ok() : bennu::reply::none();
  }

  bool hears_itself_ = false;
  bool wants_answers_ = false;
};

inline bennu::endpoint realtime_endpoint() {
  return bennu::endpoint{"/socket"}
    .serve<any_socket>()
    .serializer<realtime_serializer>("2.0.0")
    .channel<realtime_channel>("realtime:*");
}

} // namespace realtime
