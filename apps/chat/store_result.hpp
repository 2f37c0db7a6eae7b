#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <variant>

namespace chat {

/// Why the store did not do what it was asked. An expected answer, never an exception.
struct store_failure {
  enum class kind : uint8_t {
    conflict,    ///< the name or id is taken
    not_found,   ///< no such user, room or member; `text` names it
    limited,     ///< too many of them in too short a time
    unavailable, ///< the database is away, locked, full or read-only: the next call tries again
  };

  kind why;
  std::string text; ///< for logs; shown to a client only where it names what the client sent, or which limit was met

  /// With `unavailable`: what was asked may have been done, or may be done yet.
  bool uncertain = false;
};

/// What a store call gives: the value, or why there is none.
template <class T>
class result {
public:
  using value_type = T;

  result(T value) : content_(std::move(value)) {}                 // NOLINT(google-explicit-constructor)
  result(store_failure failure) : content_(std::move(failure)) {} // NOLINT(google-explicit-constructor)

  bool ok() const noexcept { return content_.index() == 0; }
  explicit operator bool() const noexcept { return ok(); }

  /// REQUIRES: `ok()`.
  T& operator*() noexcept { return *std::get_if<0>(&content_); }
  const T& operator*() const noexcept { return *std::get_if<0>(&content_); }
  T* operator->() noexcept { return std::get_if<0>(&content_); }
  const T* operator->() const noexcept { return std::get_if<0>(&content_); }

  /// REQUIRES: `!ok()`.
  const store_failure& failure() const noexcept { return *std::get_if<1>(&content_); }

  bool is(store_failure::kind x) const noexcept { return !ok() && failure().why == x; }

private:
  std::variant<T, store_failure> content_;
};

/// The value of a call that has nothing to tell but that it was done.
struct done {};

inline store_failure conflict(std::string text) {
  return {store_failure::kind::conflict, std::move(text), false};
}

inline store_failure not_found(std::string text) {
  return {store_failure::kind::not_found, std::move(text), false};
}

inline store_failure limited(std::string text) {
  return {store_failure::kind::limited, std::move(text), false};
}

inline store_failure unavailable(std::string text, bool uncertain = false) {
  return {store_failure::kind::unavailable, std::move(text), uncertain};
}

} // namespace chat
