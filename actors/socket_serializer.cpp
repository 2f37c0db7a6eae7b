#include <bennu/actors/socket_serializer.hpp>

#include "actors/json/text.hpp"
#include "actors/wire/serializer.hpp"

namespace bennu {

using namespace engine;

namespace {

/// One of the formats of the official client, for those that build upon it.
class phoenix_serializer final : public socket_serializer {
public:
  explicit phoenix_serializer(const engine::serializer& format) noexcept : format_(format) {}

  std::variant<socket_message, unreadable_message> decode(bool is_binary, std::string_view bytes) const override {
    auto found = format_.decode(is_binary ? opcode::binary : opcode::text, bytes);
    if (auto* error = std::get_if<decode_error>(&found))
      return unreadable_message{std::move(error->text)};
    auto& x = std::get<client_message>(found);
    const auto join_ref = payload::from_text(std::move(x.join_ref));
    const auto ref = payload::from_text(std::move(x.ref));
    if (!join_ref.has_value() || !ref.has_value())
      return unreadable_message{"a ref is nested too deep"};
    return socket_message{join_ref.value(), ref.value(), std::move(x.topic), std::move(x.event), std::move(x.body), {}};
  }

  std::optional<encoded_message> encode(const socket_message& x) const override {
    try {
      const auto bytes = frame_of(x);
      return encoded_message{bytes->kind() == opcode::binary, std::string{bytes->body()}};
    } catch (const encode_error&) {
      return std::nullopt;
    }
  }

private:
  frame_ptr frame_of(const socket_message& x) const {
    const auto join_ref = x.join_ref.dump();
    if (!x.status.empty())
      return format_.reply(join_ref, x.ref.dump(), json_string(x.topic), x.status, x.body);
    if (x.event == "phx_close" || x.event == "phx_error")
      return format_.channel_end(join_ref, json_string(x.topic), x.event, x.body);
    if (x.join_ref.is_null() && x.ref.is_string()) {
      const auto quoted = x.ref.dump();
      return format_.broadcast_at(std::string_view{quoted}.substr(1, quoted.size() - 2), x.topic, x.event, x.body);
    }
    return x.join_ref.is_null() ? format_.broadcast(x.topic, x.event, x.body)
                                : format_.push(join_ref, x.topic, x.event, x.body);
  }

  const engine::serializer& format_;
};

} // namespace

// On the heap, so that no static destructor ends them while a client's actor still runs.
const socket_serializer& socket_serializer::v1() {
  static const auto& instance = *new phoenix_serializer(serializer_v1());
  return instance;
}

const socket_serializer& socket_serializer::v2() {
  static const auto& instance = *new phoenix_serializer(serializer_v2());
  return instance;
}

} // namespace bennu
