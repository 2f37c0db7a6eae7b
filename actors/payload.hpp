#pragma once

#include <concepts>
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

#include <caf/intrusive_ptr.hpp>

#include <bennu/actors/fwd.hpp>

namespace bennu {

/// The content of a message: JSON or bytes. A small immutable value; copies share the content.
///
/// A JSON payload of a client keeps its text and is parsed at the first call of `value()`. A payload that is only
/// passed on leaves with exactly the bytes that arrived: `1.0` stays `1.0`, and an integer beyond 64 bits keeps its
/// digits.
///
/// Thread safety: any thread may use its own copy. The shared content is immutable, and parsing it late is safe.
class payload {
public:
  /// The empty object `{}`. Allocates nothing.
  payload() noexcept = default;

  /// A JSON value. Its text is made once, here. The conversion is implicit only from `json`: a braced list needs a
  /// parameter of type `json`, because here `{{"a", 1}}` would lose its outer braces and become an array.
  /// @throws std::invalid_argument when a string in `value` is not valid UTF-8.
  template <class Json>
  requires std::same_as<Json, json> payload(const Json& value)
    : payload(from_json(value)) {} // NOLINT(google-explicit-constructor)

  /// A payload with this JSON text. REQUIRES: `text` is one valid JSON value; it is not checked.
  static payload from_text(std::string text);

  /// The same with a text that is checked, for text from outside. Any depth is allowed.
  /// @returns nothing unless `text` is exactly one JSON value.
  static std::optional<payload> parse(std::string text);

  /// Raw bytes. They are sent as a binary frame, or as `{"base64":"…"}` to clients that only receive text (serializer
  /// v1, long polling).
  static payload binary(std::string bytes);

  bool is_binary() const noexcept; ///< whether it is bytes, not JSON

  /// The JSON text, or the raw bytes. The view is valid as long as a copy of this payload exists.
  std::string_view bytes() const noexcept;

  /// How deep a value may be nested for `value()`. Copying, comparing and dumping a `json` is recursive, and the
  /// stack of a thread suffices for this depth. Deeper payloads can still be passed on as text.
  static constexpr size_t max_depth = 4'000;

  /// Whether `value()` returns: false for a binary payload, and for one that is nested deeper than `max_depth`.
  bool has_value() const noexcept;

  /// The parsed value. Parses at the first call. An integer beyond the range of a double becomes the largest double.
  /// @throws std::invalid_argument for a binary payload, and for one that is nested deeper than `max_depth`.
  const json& value() const;

  /// The member `name` of a JSON object with its unchanged text, whatever its depth and the size of its numbers. When
  /// the name occurs twice, the later member counts. Complexity: O(size); nothing is parsed.
  /// @returns nothing when there is no such member, or this is not an object.
  std::optional<payload> member(std::string_view name) const;

  /// This JSON object with the member `name` set to `value`, in place of any member of that name. The others keep
  /// their text. Complexity: O(size).
  /// @throws std::invalid_argument when this is not a JSON object, or a text is not valid UTF-8.
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
