#pragma once

#include <string>
#include <string_view>

#include "actors/json/scanner.hpp"
#include "actors/wire/serializer.hpp"

/// Helpers that both wire formats use.
namespace bennu::engine::serializer_common {

/// The error for a frame that cannot be read: the problem that `scanner` found, or `expected` when the JSON itself is
/// valid; in both cases with the position.
decode_error malformed(const json_scanner& scanner, std::string_view expected);

/// A topic or an event as it stands between the quotes of a JSON string. Copies the value only when it needs escapes.
/// REQUIRES: the value outlives this object.
class quoted {
public:
  /// @throws encode_error if `value` is not valid UTF-8. `name` is the name of the field in the error's text.
  quoted(std::string_view name, std::string_view value);
  quoted(const quoted&) = delete;
  quoted& operator=(const quoted&) = delete;

  std::string_view text() const noexcept { return text_; }

private:
  std::string scratch_;
  std::string_view text_;
};

/// The value of a field when its JSON text `raw` is a string, else an empty string.
std::string plain_or_empty(std::string_view raw);

} // namespace bennu::engine::serializer_common
