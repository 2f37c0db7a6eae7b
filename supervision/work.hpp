#pragma once

#include <functional>
#include <type_traits>
#include <utility>

#include <caf/expected.hpp>
#include <caf/make_message.hpp>
#include <caf/message.hpp>

namespace bennu {

/// Work for another thread, and the message with its result. A message with only a `caf::error` is a failure.
using work = std::function<caf::message()>;

/// Makes work of `f`. The result of `f` (nothing, a value, a `caf::expected` of one, an error, or a whole message) is
/// the answer.
/// REQUIRES: `f` is copyable.
template <class F>
work make_work(F f) {
  using result = std::invoke_result_t<F&>;
  return [f = std::move(f)]() mutable -> caf::message {
    if constexpr (std::is_void_v<result>) {
      f();
      return caf::message{};
    } else if constexpr (std::is_same_v<result, caf::message>) {
      return f();
    } else if constexpr (requires(result x) { x.error(); }) {
      auto x = f();
      return x ? caf::make_message(std::move(*x)) : caf::make_message(std::move(x.error()));
    } else {
      return caf::make_message(f());
    }
  };
}

} // namespace bennu
