#pragma once

#include <memory>

#include <caf/actor.hpp>
#include <caf/allowed_unsafe_message_type.hpp>

#include "actors/wire/serializer.hpp"
#include <bennu/actors/reply.hpp>

namespace bennu {

/// The answer to one event, given later: `auto later = defer(); … later.ok(x)`.
///
/// Copies stand for the same answer; the first one counts, later ones are ignored. When the channel crashes meanwhile the
/// client is answered `{"reason":"crashed"}`; when it ended, the answer is dropped. When the last copy goes without an answer nothing is
/// owed any more, and the client never hears one.
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

/// How an answer reaches its channel; `reply::none()`: there will be none.
struct deferred_answer {
  engine::raw_ref ref;
  reply answer;
};

} // namespace bennu

CAF_ALLOW_UNSAFE_MESSAGE_TYPE(bennu::deferred_answer)
