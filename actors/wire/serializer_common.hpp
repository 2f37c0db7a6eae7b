#pragma once

#include <string>
#include <string_view>

#include "actors/json/scanner.hpp"
#include "actors/wire/serializer.hpp"

/// What both wire formats need.
namespace bennu::engine::serializer_common {

/// The error for what `scanner` stumbled over, or for `expected` when the JSON was fine.
decode_error malformed(const json_scanner& scanner, std::string_view expected);

/// A topic or an event for the inside of a JSON string. Views the value itself where it can.
class quoted {
public:
  /// @throws encode_error if `value` is not valid UTF-8; `name` says which field it is.
  quoted(std::string_view name, std::string_view value);
  quoted(const quoted&) = delete;
  quoted& operator=(const quoted&) = delete;

  std::string_view text() const noexcept { return text_; }

private:
  std::string scratch_;
  std::string_view text_;
};

/// The plain text of a field of JSON text, or an empty string when it is no string.
std::string plain_or_empty(std::string_view raw);

} // namespace bennu::engine::serializer_common
