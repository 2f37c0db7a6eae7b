#pragma once

#include <memory>

#include <caf/actor.hpp>
#include <caf/allowed_unsafe_message_type.hpp>

#include "actors/wire/serializer.hpp"
#include <bennu/actors/reply.hpp>

namespace bennu {

/// The reply to one event, given after its handler has returned: `auto later = defer(); … later.ok(x)`.
///
/// Copies stand for the same reply. The first answer counts; later ones are ignored. When the last copy is destroyed
/// without an answer, the client receives none. When the channel crashes before the answer, the client receives the
/// error `{"reason":"crashed"}`. When the channel has ended, the answer is dropped.
/// Source: Phoenix.Channel, `reply/2` and `socket_ref/1`.
/// Thread safety: any thread may answer.
class deferred_reply {
public:
  deferred_reply(caf::actor channel, engine::raw_ref ref);

  void ok(payload response = {}) const { answer(reply::ok(std::move(response))); }
  void error(payload response = {}) const { answer(reply::error(std::move(response))); }
  void ok(const json& response) const { answer(reply::ok(response)); }
  void error(const json& response) const { answer(reply::error(response)); }

private:
  void answer(reply x) const;

  struct debt;
  std::shared_ptr<debt> debt_;
};

/// The message that carries the answer to its channel. `reply::none()` means that there will be no answer.
struct deferred_answer {
  engine::raw_ref ref;
  reply answer;
};

} // namespace bennu

CAF_ALLOW_UNSAFE_MESSAGE_TYPE(bennu::deferred_answer)
