#include "actors/wire/binary_text.hpp"

#include <cstdint>

namespace bennu::engine {

namespace {

constexpr std::string_view alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

// Appends four characters for up to three bytes; `=` stands for each byte that is missing.
void append_group(std::string& out, std::string_view bytes) {
  uint32_t group = 0;
  for (size_t i = 0; i < 3; ++i)
    group = group << 8 | (i < bytes.size() ? static_cast<unsigned char>(bytes[i]) : 0U);
  for (size_t i = 0; i < 4; ++i)
    out += i <= bytes.size() ? alphabet[group >> (18 - 6 * i) & 63U] : '=';
}

} // namespace

std::string text_of_bytes(std::string_view bytes) {
  std::string result = R"({"base64":")";
  result.reserve(result.size() + (bytes.size() + 2) / 3 * 4 + 2);
  for (; !bytes.empty(); bytes.remove_prefix(bytes.size() < 3 ? bytes.size() : 3))
    append_group(result, bytes.substr(0, 3));
  return result += "\"}";
}

} // namespace bennu::engine
