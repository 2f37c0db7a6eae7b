// Tokens. A token that was made without the key is never accepted; a token that was made with it always is. Each value
// has exactly one text in base64url.

#include <cstdlib>

#include "actors/wire/base64.hpp"
#include <bennu/transport/token.hpp>

namespace {

void require(bool claim) {
  if (!claim)
    std::abort();
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const unsigned char* data, size_t size) {
  static const bennu::token_keys keys{{std::string(32, 'k')}};
  const std::string_view input{reinterpret_cast<const char*>(data), size};
  const bennu::token_keys::result genuine = std::string{input};
  const bennu::token_keys::result invalid = bennu::token_error::invalid;
  require(keys.verify("fuzz", input) == invalid);
  require(keys.decrypt("fuzz", input) == invalid);
  require(keys.verify("fuzz", keys.sign("fuzz", input)) == genuine);
  require(keys.decrypt("fuzz", keys.encrypt("fuzz", input)) == genuine);
  require(bennu::engine::decode_base64url(bennu::engine::encode_base64url(input)) == std::string{input});
  if (const auto bytes = bennu::engine::decode_base64url(input))
    require(bennu::engine::encode_base64url(*bytes) == input);
  return 0;
}
