// Compares json_scanner, the functions for members, decode_json_string and append_json with nlohmann: both accept the
// same texts and read the same values.

#include <nlohmann/json.hpp>

#include "actors/json/scanner.hpp"
#include "actors/json/text.hpp"
#include "tests/fuzz/require.hpp"
#include "tests/support/json_text.hpp"

using bennu::test::expected_value;
using bennu::test::require;

extern "C" int LLVMFuzzerTestOneInput(const unsigned char* data, size_t size) {
  const std::string_view text{reinterpret_cast<const char*>(data), size};
  const auto valid = bennu::engine::is_json(text);
  require(valid == bennu::test::expected_json(text));
  if (!valid)
    return 0;
  const auto value = expected_value(text);
  std::string written;
  bennu::engine::append_json(written, value);
  require(bennu::engine::json_equal(expected_value(written), value));
  const auto with = bennu::engine::with_json_member(text, "a", "1e0");
  require(with.has_value() == value.is_object());
  if (with) {
    auto expected = value;
    expected["a"] = 1.0;
    require(bennu::engine::json_equal(expected_value(*with), expected));
    const auto member = bennu::engine::find_json_member(text, "a");
    require(member.has_value() == value.contains("a"));
    require(!member || bennu::engine::json_equal(expected_value(*member), value["a"]));
  }
  if (bennu::engine::json_scanner scanner{text}; value.is_string())
    require(bennu::engine::decode_json_string(*scanner.string()) == value.get_ref<const std::string&>());
  return 0;
}
