#pragma once

#include <chrono>
#include <string_view>
#include <utility>
#include <variant>

#include <bennu/actors/payload.hpp>

namespace bennu {

/// What a `handle_in` handler answers: `reply::ok(x)`, `reply::error(x)` or `reply::none()`, each with an optional
/// `.stop()` that ends the channel normally afterwards. Nothing else is possible.
/// Source: Phoenix.Channel, `c:handle_in/3`.
class reply {
public:
  enum class status : uint8_t { none, ok, error };

  static reply ok(payload response = {}) { return {status::ok, std::move(response)}; }
  static reply error(payload response = {}) { return {status::error, std::move(response)}; }

  /// The same for a braced list: `reply::ok({{"id", 7}})`.
  static reply ok(const json& response) { return ok(payload(response)); }
  static reply error(const json& response) { return error(payload(response)); }

  /// No answer: the client did not ask, or a deferred reply follows.
  static reply none() { return {status::none, {}}; }

  /// The same answer, then the channel stops normally: the client sees `phx_close`.
  reply stop() && {
    stops_ = true;
    return std::move(*this);
  }

  status kind() const noexcept { return status_; }
  const payload& response() const noexcept { return response_; }
  bool stops() const noexcept { return stops_; }

private:
  reply(status kind, payload response) : status_(kind), response_(std::move(response)) {}

  status status_;
  bool stops_ = false;
  payload response_;
};

/// The word of the wire for a status. REQUIRES: not `none`.
constexpr std::string_view to_string(reply::status x) {
  return x == reply::status::ok ? "ok" : "error";
}

/// The join is accepted; `response` is what the client's `join().receive("ok", …)` gets.
struct accept {
  accept() = default;
  accept(payload x) : response(std::move(x)) {}
  accept(const json& x) : response(x) {}
  payload response;
};

/// The join is refused; `response` is what `receive("error", …)` gets, by custom `{"reason": text}`.
struct refuse {
  refuse() = default;
  refuse(payload x) : response(std::move(x)) {}
  refuse(const json& x) : response(x) {}
  payload response;
};

/// The join is decided later, with `channel::decide_join`.
struct defer_join {
  /// After this time the join is refused with `{"reason":"join timed out"}`.
  /// 8 s: Phoenix's clients give up after 10 s, and an answer is better than none.
  std::chrono::milliseconds within = std::chrono::seconds{8};
};

using join_decision = std::variant<accept, refuse>;
using join_result = std::variant<accept, refuse, defer_join>;

} // namespace bennu
