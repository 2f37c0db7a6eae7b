#pragma once

#include <concepts>
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

#include <caf/intrusive_ptr.hpp>
#include <nlohmann/json.hpp>

#include <bennu/actors/fwd.hpp>

namespace bennu {

/// What a message carries: JSON or bytes. A small immutable value: copying shares.
///
/// A JSON payload that came from a client keeps its text, and is parsed only when somebody asks for
/// `value()`: what passes through untouched leaves as the very bytes that came in (so `1.0` stays
/// `1.0` and an integer beyond 64 bits keeps its digits).
///
/// Thread safety: any thread may use its own copy; the shared value is immutable, the lazy parse is
/// safe.
class payload {
public:
  /// The empty object `{}`; allocates nothing.
  payload() noexcept = default;

  /// A JSON value made by the application; its text is made here, once. Implicit from `json` alone:
  /// a braced list needs a parameter of type `json`, because `{{"a", 1}}` would lose its outer
  /// braces here and arrive as an array.
  /// @throws std::invalid_argument if a string in `value` is not valid UTF-8.
  template <class Json>
  requires std::same_as<Json, json> payload(const Json& value)
    : payload(from_json(value)) {} // NOLINT(google-explicit-constructor)

  /// JSON text. REQUIRES: `text` is one valid JSON value (see `json_scanner.hpp`).
  static payload from_text(std::string text);

  /// Raw bytes, sent as a binary frame; see `binary_text.hpp` for clients to whom only text can be sent.
  static payload binary(std::string bytes);

  bool is_binary() const noexcept;

  /// The JSON text, or the raw bytes. Valid as long as any copy of this payload lives.
  std::string_view bytes() const noexcept;

  /// How deep a value may be nested for `value()`: copying, comparing or dumping a `json` is recursive, and this much fits
  /// into a thread's stack. Deeper payloads still pass through, as text.
  static constexpr std::size_t max_depth = 4'000;

  /// Whether there is one: false for a binary payload, and for one deeper than `max_depth`.
  bool has_value() const noexcept;

  /// The parsed value; parsed at the first call. An integer beyond the range of a double is the largest double here.
  /// @throws std::invalid_argument for a binary payload, and for one deeper than `max_depth`, with a text that says so.
  const json& value() const;

  /// The member `name` of a JSON object with its very text, whatever its depth and the size of its numbers; of two with one name the
  /// later. Nothing when there is none, or this is no object. Complexity: O(size); nothing is parsed.
  std::optional<payload> member(std::string_view name) const;

  /// This JSON object with the member `name` in place of any of that name; all others keep their very text. Complexity: O(size).
  /// @throws std::invalid_argument when this is no JSON object, and if a text is not valid UTF-8.
  payload with(std::string_view name, const payload& value) const;
  payload with(std::string_view name, const json& value) const { return with(name, payload(value)); }

  /// Equal when both are binary with equal bytes, or both are JSON with equal values.
  friend bool operator==(const payload& x, const payload& y);

private:
  struct content;
  friend void intrusive_ptr_add_ref(const content* x) noexcept;
  friend void intrusive_ptr_release(const content* x) noexcept;
  explicit payload(content* shared) noexcept;
  static payload from_json(const json& value);
  const json& parsed() const;

  caf::intrusive_ptr<content> content_; // null: `{}`
};

} // namespace bennu
