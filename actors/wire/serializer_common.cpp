#include "actors/wire/serializer_common.hpp"

#include "actors/json/text.hpp"

namespace bennu::engine::serializer_common {

decode_error malformed(const json_scanner& scanner, std::string_view expected) {
  const std::string_view problem = scanner.problem() ? scanner.problem() : expected;
  return {std::string{problem} + ", at byte " + std::to_string(scanner.offset())};
}

quoted::quoted(std::string_view name, std::string_view value) try : text_(escape_json(value, scratch_)) {
} catch (const std::invalid_argument& problem) {
  throw encode_error(std::string{name} + ": " + problem.what());
}

std::string plain_or_empty(std::string_view raw) {
  return raw.front() == '"' ? decode_json_string(raw) : std::string{};
}

} // namespace bennu::engine::serializer_common
