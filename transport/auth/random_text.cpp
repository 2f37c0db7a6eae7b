#include "transport/auth/random_text.hpp"

#include <stdexcept>

#include <openssl/rand.h>

#include "transport/auth/base64url.hpp"

namespace bennu::engine {

std::string random_text() {
  std::string bytes(18, '\0');
  if (RAND_bytes(reinterpret_cast<unsigned char*>(bytes.data()), static_cast<int>(bytes.size())) != 1)
    throw std::runtime_error("the system has no randomness to give");
  return encode_base64url(bytes);
}

} // namespace bennu::engine
