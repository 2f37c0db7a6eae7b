// json_scanner, decode_json_string, append_json against nlohmann: the same verdict, the same
// values.

#include <cstdlib>

#include <nlohmann/json.hpp>

#include "actors/json_scanner.hpp"
#include "actors/json_text.hpp"
#include "tests/support/json_text.hpp"

namespace {

void require(bool claim) {
  if (!claim)
    std::abort();
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const unsigned char* data, size_t size) {
  const std::string_view text{reinterpret_cast<const char*>(data), size};
  const auto valid = bennu::is_json(text);
  require(valid == bennu::test::expected_json(text));
  if (!valid)
    return 0;
  const auto value = nlohmann::json::parse(text);
  std::string written;
  bennu::append_json(written, value);
  require(bennu::json_equal(nlohmann::json::parse(written), value));
  if (bennu::json_scanner scanner{text}; value.is_string())
    require(bennu::decode_json_string(*scanner.string()) == value.get_ref<const std::string&>());
  return 0;
}
