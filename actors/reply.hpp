#pragma once

#include <chrono>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <variant>

#include <caf/fwd.hpp>

#include <bennu/actors/payload.hpp>

namespace bennu {

/// What a handler of `handle_in` returns: `reply::ok(x)`, `reply::error(x)` or `reply::none()`, each optionally with
/// `.stop()`, which stops the channel normally after the reply. A plain value.
/// Source: Phoenix.Channel, `handle_in/3`.
class reply {
public:
  /// The kinds of replies, which the functions below make.
  enum class status : uint8_t {
    none,  ///< nothing is sent now
    ok,    ///< the client's `receive("ok", …)` is called
    error, ///< the client's `receive("error", …)` is called
  };

  /// The event succeeded; the client's `push().receive("ok", …)` receives `response`.
  static reply ok(payload response = {}) { return {status::ok, std::move(response)}; }
  /// The event failed; the client's `push().receive("error", …)` receives `response`.
  static reply error(payload response = {}) { return {status::error, std::move(response)}; }

  /// The same for a braced list: `reply::ok({{"id", 7}})`.
  static reply ok(const json& response) { return ok(payload(response)); }
  /// The same for a braced list: `reply::error({{"reason", "full"}})`.
  static reply error(const json& response) { return error(payload(response)); }

  /// No reply, because the client expects none or because a deferred reply follows.
  static reply none() { return {status::none, {}}; }

  /// The same reply; afterwards the channel stops normally and the client receives `phx_close`.
  reply stop() && {
    stops_ = true;
    return std::move(*this);
  }

  status kind() const noexcept { return status_; } ///< which kind of reply this is
  /// What the client receives; `{}` unless one was given.
  const payload& response() const noexcept { return response_; }
  bool stops() const noexcept { return stops_; } ///< whether the channel stops after it

private:
  reply(status kind, payload response) : status_(kind), response_(std::move(response)) {}

  status status_;
  bool stops_ = false;
  payload response_;
};

/// The status as it stands in a `phx_reply`. REQUIRES: `x` is not `none`.
constexpr std::string_view to_string(reply::status x) {
  return x == reply::status::ok ? "ok" : "error";
}

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

  /// Answers `ok` with this response.
  void ok(payload response = {}) const { answer(reply::ok(std::move(response))); }
  /// Answers `error` with this response.
  void error(payload response = {}) const { answer(reply::error(std::move(response))); }
  /// Answers `ok`, with a braced list: `later.ok({{"id", 7}})`.
  void ok(const json& response) const { answer(reply::ok(response)); }
  /// Answers `error`, with a braced list.
  void error(const json& response) const { answer(reply::error(response)); }

private:
  void answer(reply x) const;

  struct debt;
  std::shared_ptr<debt> debt_;
};

/// Accepts a join. The client's `join().receive("ok", …)` receives `response`.
struct accept {
  accept() = default;
  accept(payload x) : response(std::move(x)) {} ///< implicit, so that `join` may return a payload
  accept(const json& x) : response(x) {}        ///< accepts with a braced list: `accept{{{"id", 7}}}`
  payload response;                             ///< what the client receives; `{}` by default
};

/// Refuses a join. The client's `receive("error", …)` receives `response`, usually `{"reason": text}`.
struct refuse {
  refuse() = default;
  refuse(payload x) : response(std::move(x)) {} ///< refuses with this response
  refuse(const json& x) : response(x) {}        ///< refuses with a braced list: `refuse{{{"reason", "full"}}}`
  payload response;                             ///< what the client receives; `{}` by default
};

/// Postpones the decision about a join. The channel decides later with `channel::decide_join`.
struct defer_join {
  /// When the channel has not decided within this time, the join is refused with `{"reason":"join timed out"}`.
  /// 8 s: clients of Phoenix give up after 10 s, so that they still receive the reason.
  std::chrono::milliseconds within = std::chrono::seconds{8};
};

/// What `channel::decide_join` takes.
using join_decision = std::variant<accept, refuse>;
/// What `channel::join` returns.
using join_result = std::variant<accept, refuse, defer_join>;

} // namespace bennu
