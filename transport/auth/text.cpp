#include "transport/auth/text.hpp"

#include <cstdint>
#include <stdexcept>

#include <openssl/rand.h>

namespace bennu::engine {

namespace {

constexpr std::string_view alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

} // namespace

std::string encode_base64url(std::string_view bytes) {
  std::string result;
  result.reserve((bytes.size() * 4 + 2) / 3);
  uint32_t buffer = 0;
  unsigned bits = 0;
  for (const char c : bytes) {
    buffer = buffer << 8 | static_cast<unsigned char>(c);
    for (bits += 8; bits >= 6; bits -= 6)
      result += alphabet[buffer >> (bits - 6) & 63U];
  }
  if (bits != 0)
    result += alphabet[buffer << (6 - bits) & 63U];
  return result;
}

std::optional<std::string> decode_base64url(std::string_view text) {
  std::string result;
  result.reserve(text.size() * 3 / 4);
  uint32_t buffer = 0;
  unsigned bits = 0;
  for (const char c : text) {
    const auto digit = alphabet.find(c);
    if (digit == std::string_view::npos)
      return std::nullopt;
    buffer = buffer << 6 | static_cast<uint32_t>(digit);
    bits += 6;
    if (bits >= 8) {
      bits -= 8;
      result += static_cast<char>(buffer >> bits & 0xFFU);
    }
  }
  const bool leftover = (buffer & ((1U << bits) - 1)) != 0;
  return leftover || bits == 6 ? std::nullopt : std::optional{std::move(result)};
}

std::string random_text() {
  std::string bytes(18, '\0');
  if (RAND_bytes(reinterpret_cast<unsigned char*>(bytes.data()), static_cast<int>(bytes.size())) != 1)
    throw std::runtime_error("the system has no randomness to give");
  return encode_base64url(bytes);
}

} // namespace bennu::engine
