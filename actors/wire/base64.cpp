#include "actors/wire/base64.hpp"

#include <array>
#include <cstdint>
#include <utility>

namespace bennu::engine {

namespace {

constexpr std::string_view plain = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
constexpr std::string_view for_urls = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
constexpr uint8_t no_digit = 64;

using digit_table = std::array<uint8_t, 256>;

constexpr digit_table digits_of(std::string_view alphabet) {
  digit_table result{};
  result.fill(no_digit);
  for (size_t i = 0; i < alphabet.size(); ++i)
    result[static_cast<unsigned char>(alphabet[i])] = static_cast<uint8_t>(i);
  return result;
}

constexpr auto plain_digits = digits_of(plain);
constexpr auto url_digits = digits_of(for_urls);

void append_digits(std::string& out, std::string_view bytes, std::string_view alphabet) {
  uint32_t buffer = 0;
  unsigned bits = 0;
  for (const char c : bytes) {
    buffer = buffer << 8 | static_cast<unsigned char>(c);
    for (bits += 8; bits >= 6; bits -= 6)
      out += alphabet[buffer >> (bits - 6) & 63U];
  }
  if (bits != 0)
    out += alphabet[buffer << (6 - bits) & 63U];
}

struct decoded {
  std::string bytes;
  bool has_leftover = false; ///< whether bits that belong to no byte are set
};

std::optional<decoded> decode_digits(std::string_view text, const digit_table& digits) {
  if (text.size() % 4 == 1)
    return std::nullopt;
  decoded result;
  result.bytes.reserve(text.size() * 3 / 4);
  uint32_t buffer = 0;
  unsigned bits = 0;
  for (const char c : text) {
    const auto digit = digits[static_cast<unsigned char>(c)];
    if (digit == no_digit)
      return std::nullopt;
    buffer = buffer << 6 | digit;
    bits += 6;
    if (bits >= 8) {
      bits -= 8;
      result.bytes += static_cast<char>(buffer >> bits & 0xFFU);
    }
  }
  result.has_leftover = (buffer & ((1U << bits) - 1)) != 0;
  return result;
}

} // namespace

void append_base64(std::string& out, std::string_view bytes) {
  append_digits(out, bytes, plain);
  out.append((3 - bytes.size() % 3) % 3, '=');
}

std::optional<std::string> decode_base64(std::string_view text) {
  if (text.size() % 4 != 0 || text.empty())
    return std::nullopt;
  const size_t padding = text.ends_with("==") ? 2 : text.ends_with('=') ? 1 : 0;
  auto result = decode_digits(text.substr(0, text.size() - padding), plain_digits);
  return result ? std::optional{std::move(result->bytes)} : std::nullopt;
}

std::string encode_base64url(std::string_view bytes) {
  std::string result;
  result.reserve((bytes.size() * 4 + 2) / 3);
  append_digits(result, bytes, for_urls);
  return result;
}

std::optional<std::string> decode_base64url(std::string_view text) {
  auto result = decode_digits(text, url_digits);
  return result && !result->has_leftover ? std::optional{std::move(result->bytes)} : std::nullopt;
}

} // namespace bennu::engine
