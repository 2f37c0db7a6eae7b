#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <bennu/actors/checked_text.hpp>

namespace bennu::engine {

/// The members of one JSON object. A member that occurs twice is refused: two programs may take different ones for the
/// true one (RFC 8259 §4). Views the text that it has read. Thread safety: none.
class json_members {
public:
  explicit json_members(std::vector<std::string_view> names) : names_(std::move(names)), values_(names_.size()) {}

  /// @returns what is wrong, or nothing. REQUIRES: `text` is JSON.
  std::optional<std::string> read(std::string_view text);

  std::string_view value(size_t i) const { return values_[i]; }

  /// Makes `to` the text of a member. @returns what is wrong with it, or nothing.
  std::optional<std::string> text(size_t i, const text_rule& rule, std::string& to) const;

private:
  void take(std::string_view name, std::string_view value);

  std::vector<std::string_view> names_, values_;
  std::optional<std::string> problem_;
};

} // namespace bennu::engine
