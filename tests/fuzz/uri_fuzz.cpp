// uri and origin. Decoding never makes a text longer and reverses encoding. A path never contains a NUL. An origin
// matches a rule only if it ends in the host of the rule.

#include "actors/json/text.hpp"
#include "actors/json/utf8.hpp"
#include "tests/fuzz/require.hpp"
#include "transport/http/uri.hpp"

using namespace bennu;
using namespace bennu::engine;
using bennu::test::require;

namespace {

std::string encode_all(std::string_view text) {
  constexpr char digits[] = "0123456789abcdef";
  std::string result;
  for (const auto c : text) {
    const auto byte = static_cast<unsigned char>(c);
    result += {'%', digits[byte >> 4U], digits[byte & 15U]};
  }
  return result;
}

std::string lower(std::string_view text) {
  std::string result{text};
  for (auto& c : result)
    if (c >= 'A' && c <= 'Z')
      c = static_cast<char>(c + ('a' - 'A'));
  return result;
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const unsigned char* data, size_t size) {
  const std::string text{reinterpret_cast<const char*>(data), size};
  require(percent_decode(encode_all(text)) == text);
  if (const auto decoded = percent_decode(text, true))
    require(decoded->size() <= text.size());
  if (const auto path = decode_path(text))
    require(path->front() == '/' && path->find('\0') == std::string::npos);
  if (const auto query = parse_query(text))
    for (auto& [key, value] : *query)
      require(is_utf8(key) && is_utf8(value) && key.size() + value.size() <= text.size());
  const auto encoded = parse_query(encode_all(text) + "=" + encode_all(text));
  require(encoded.has_value() == is_utf8(text));
  require(!encoded || encoded->front() == std::pair{text, text});
  if (!text.empty() && (origin_allowed({"//host.test"}, text) || origin_allowed({}, text, "host.test")))
    require(lower(text).find("//host.test") != std::string::npos);
  return 0;
}
