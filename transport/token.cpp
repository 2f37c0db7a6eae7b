#include <bennu/transport/token.hpp>

#include <algorithm>
#include <array>
#include <cstdint>
#include <memory>
#include <optional>
#include <stdexcept>

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>

#include "actors/wire/base64.hpp"
#include "transport/auth/random.hpp"

// The bytes of a token before base64url:
//     signed     time (8 bytes, milliseconds since 1970, big endian), data, HMAC-SHA-256 of both (32)
//     encrypted  nonce (12), AES-256-GCM of time and data, tag (16)
// Each use and purpose has a separate key: HMAC-SHA-256(secret, use || 0 || purpose).

namespace bennu {

using namespace engine;

namespace {

using digest = std::array<unsigned char, 32>;
using cipher_context = std::unique_ptr<EVP_CIPHER_CTX, decltype(&EVP_CIPHER_CTX_free)>;

constexpr size_t time_bytes = 8;
constexpr size_t nonce_bytes = 12;
constexpr size_t tag_bytes = 16;

const unsigned char* unsigned_data(std::string_view x) {
  return reinterpret_cast<const unsigned char*>(x.data());
}

unsigned char* unsigned_data(std::string& x) {
  return reinterpret_cast<unsigned char*>(x.data());
}

// This fails only when OpenSSL is broken; there is no alternative to try.
void require(bool done) {
  if (!done)
    throw std::runtime_error("OpenSSL refused a basic operation");
}

digest hmac(std::string_view key, std::string_view data) {
  digest result;
  unsigned size = 0;
  require(
    HMAC(EVP_sha256(), key.data(), static_cast<int>(key.size()), unsigned_data(data), data.size(), result.data(), &size)
    != nullptr);
  return result;
}

std::string_view view(const digest& x) {
  return {reinterpret_cast<const char*>(x.data()), x.size()};
}

digest derive(std::string_view secret, std::string_view use, std::string_view purpose) {
  std::string label{use};
  label += '\0';
  label += purpose;
  return hmac(secret, label);
}

std::string stamped(std::string_view data, token_keys::clock::time_point now) {
  const auto since = std::chrono::duration_cast<std::chrono::milliseconds>(now.time_since_epoch());
  const auto time = static_cast<uint64_t>(since.count());
  std::string result;
  for (size_t i = 0; i < time_bytes; ++i)
    result += static_cast<char>(time >> (8 * (time_bytes - 1 - i)) & 0xFFU);
  return result += data;
}

// Since the epoch. REQUIRES: `stamped` or a stranger wrote it, and it has `time_bytes`.
std::chrono::milliseconds time_in(std::string_view bytes) {
  uint64_t time = 0;
  for (const char c : bytes.substr(0, time_bytes))
    time = time << 8 | static_cast<unsigned char>(c);
  return std::chrono::milliseconds{static_cast<int64_t>(time)};
}

// The data of a genuine token, unless it is too old. The comparison uses signed numbers and cannot overflow: the time
// was written by this program, but `max_age` may have any value.
token_keys::result within_age(std::string_view genuine, std::chrono::seconds max_age,
                              token_keys::clock::time_point now) {
  if (genuine.size() < time_bytes)
    return token_error::invalid;
  const auto since = std::chrono::duration_cast<std::chrono::milliseconds>(now.time_since_epoch());
  const auto age = since - time_in(genuine);
  const auto whole_seconds = std::chrono::ceil<std::chrono::seconds>(age);
  if (whole_seconds > max_age)
    return token_error::expired;
  return std::string{genuine.substr(time_bytes)};
}

std::string seal(const digest& key, std::string_view plain) {
  std::string out(nonce_bytes + plain.size() + tag_bytes, '\0');
  auto* nonce = unsigned_data(out);
  auto* text = nonce + nonce_bytes;
  fill_unpredictably({nonce, nonce_bytes});
  cipher_context context{EVP_CIPHER_CTX_new(), EVP_CIPHER_CTX_free};
  int size = 0;
  require(context && EVP_EncryptInit_ex(context.get(), EVP_aes_256_gcm(), nullptr, key.data(), nonce) == 1
          && EVP_EncryptUpdate(context.get(), text, &size, unsigned_data(plain), static_cast<int>(plain.size())) == 1
          && EVP_EncryptFinal_ex(context.get(), text + size, &size) == 1
          && EVP_CIPHER_CTX_ctrl(context.get(), EVP_CTRL_GCM_GET_TAG, static_cast<int>(tag_bytes), text + plain.size())
               == 1);
  return out;
}

// Returns nothing when the key differs or a bit was changed.
std::optional<std::string> open(const digest& key, std::string_view sealed) {
  std::string plain(sealed.size() - nonce_bytes - tag_bytes, '\0');
  const auto* nonce = unsigned_data(sealed);
  std::string tag{sealed.substr(sealed.size() - tag_bytes)};
  cipher_context context{EVP_CIPHER_CTX_new(), EVP_CIPHER_CTX_free};
  int size = 0;
  require(context && EVP_DecryptInit_ex(context.get(), EVP_aes_256_gcm(), nullptr, key.data(), nonce) == 1
          && EVP_DecryptUpdate(context.get(), unsigned_data(plain), &size, nonce + nonce_bytes,
                               static_cast<int>(plain.size()))
               == 1
          && EVP_CIPHER_CTX_ctrl(context.get(), EVP_CTRL_GCM_SET_TAG, static_cast<int>(tag_bytes), tag.data()) == 1);
  if (EVP_DecryptFinal_ex(context.get(), unsigned_data(plain) + size, &size) != 1)
    return std::nullopt;
  return plain;
}

} // namespace

token_keys::token_keys(std::vector<std::string> secrets) : secrets_(std::move(secrets)) {
  if (secrets_.empty())
    throw std::invalid_argument("token_keys needs at least one secret");
  for (const auto& secret : secrets_)
    if (secret.size() < min_secret_bytes)
      throw std::invalid_argument("a secret for tokens needs at least 32 bytes, not " + std::to_string(secret.size()));
}

std::string token_keys::sign(std::string_view purpose, std::string_view data, clock::time_point now) const {
  auto bytes = stamped(data, now);
  bytes += view(hmac(view(derive(secrets_.front(), "sign", purpose)), bytes));
  return encode_base64url(bytes);
}

token_keys::result token_keys::verify(std::string_view purpose, std::string_view token, std::chrono::seconds max_age,
                                      clock::time_point now) const {
  const auto bytes = decode_base64url(token);
  if (!bytes || bytes->size() < time_bytes + sizeof(digest))
    return token_error::invalid;
  const auto body = std::string_view{*bytes}.substr(0, bytes->size() - sizeof(digest));
  const auto* mac = bytes->data() + body.size();
  for (const auto& secret : secrets_) {
    const auto expected = hmac(view(derive(secret, "sign", purpose)), body);
    if (CRYPTO_memcmp(expected.data(), mac, expected.size()) == 0)
      return within_age(body, max_age, now);
  }
  return token_error::invalid;
}

std::optional<token_keys::clock::time_point> token_keys::claimed_time(std::string_view token) {
  const auto bytes = decode_base64url(token);
  if (!bytes || bytes->size() < time_bytes + sizeof(digest))
    return std::nullopt;
  constexpr std::chrono::milliseconds latest =
    std::chrono::hours{24 * 365 * 200}; // a clock of nanoseconds ends in 2262
  return clock::time_point{std::clamp(time_in(*bytes), std::chrono::milliseconds{0}, latest)};
}

std::string token_keys::encrypt(std::string_view purpose, std::string_view data, clock::time_point now) const {
  return encode_base64url(seal(derive(secrets_.front(), "encrypt", purpose), stamped(data, now)));
}

token_keys::result token_keys::decrypt(std::string_view purpose, std::string_view token, std::chrono::seconds max_age,
                                       clock::time_point now) const {
  const auto bytes = decode_base64url(token);
  if (!bytes || bytes->size() < nonce_bytes + time_bytes + tag_bytes)
    return token_error::invalid;
  for (const auto& secret : secrets_)
    if (const auto plain = open(derive(secret, "encrypt", purpose), *bytes))
      return within_age(*plain, max_age, now);
  return token_error::invalid;
}

} // namespace bennu
