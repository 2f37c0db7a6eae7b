#include "transport/auth/random.hpp"

#include <array>
#include <stdexcept>
#include <string_view>

#include <openssl/rand.h>

#include "actors/wire/base64.hpp"

namespace bennu::engine {

void fill_unpredictably(std::span<unsigned char> bytes) {
  if (RAND_bytes(bytes.data(), static_cast<int>(bytes.size())) != 1)
    throw std::runtime_error("the system has no randomness to give");
}

std::string random_text() {
  std::array<unsigned char, 18> bytes;
  fill_unpredictably(bytes);
  return encode_base64url({reinterpret_cast<const char*>(bytes.data()), bytes.size()});
}

} // namespace bennu::engine
