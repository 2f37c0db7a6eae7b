#pragma once

#include <memory>
#include <string>

#include <caf/actor.hpp>

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
  /// The answer to the event `ref` of `channel`; `channel::defer` calls it.
  deferred_reply(caf::actor channel, std::string ref);

  void ok(payload response = {}) const { answer(reply::ok(std::move(response))); }
  void error(payload response = {}) const { answer(reply::error(std::move(response))); }
  void ok(const json& response) const { answer(reply::ok(response)); }
  void error(const json& response) const { answer(reply::error(response)); }

private:
  void answer(reply x) const;

  struct debt;
  std::shared_ptr<debt> debt_;
};

} // namespace bennu
