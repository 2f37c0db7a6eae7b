#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "actors/wire/serializer.hpp"
#include "actors/wire/version.hpp"
#include <bennu/actors/socket_serializer.hpp>

namespace bennu::engine {

/// A serializer of the application's own, as the engine uses it: nothing that it throws or returns gets further than
/// its connection.
///
/// What it decodes is checked, since topics, events and payloads reach other clients, logs and other nodes. What it
/// fails to encode becomes a frame for which `is_failure` holds.
///
/// Thread safety: that of `serializer`.
class application_serializer final : public serializer {
public:
  /// @throws std::invalid_argument when `version` is not MAJOR.MINOR.PATCH
  application_serializer(std::string_view version, std::shared_ptr<const socket_serializer> format);

  const version_requirement& version() const noexcept { return version_; }

  // -- serializer -------------------------------------------------------------

  std::variant<client_message, decode_error> decode(opcode kind, std::string_view body) const override;
  frame_ptr reply(std::string_view join_ref, std::string_view ref, std::string_view topic_text, std::string_view status,
                  const payload& response) const override;
  frame_ptr push(std::string_view join_ref, std::string_view topic, std::string_view event,
                 const payload& body) const override;
  frame_ptr broadcast(std::string_view topic, std::string_view event, const payload& body) const override;
  frame_ptr broadcast_at(std::string_view position, std::string_view topic, std::string_view event,
                         const payload& body) const override;
  frame_ptr channel_end(std::string_view join_ref, std::string_view topic_text, std::string_view event,
                        const payload& body) const override;

private:
  frame_ptr encode(const socket_message& x) const;
  frame_ptr encode_or_throw(const socket_message& x) const;

  version_requirement version_;
  std::shared_ptr<const socket_serializer> format_;
};

} // namespace bennu::engine
