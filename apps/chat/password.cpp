#include "apps/chat/password.hpp"

#include <sodium.h>

#include <array>
#include <new>
#include <stdexcept>

namespace chat {

namespace {

void need_sodium() {
  static const int status = sodium_init();
  if (status < 0)
    throw std::runtime_error("libsodium cannot start: no source of random numbers");
}

} // namespace

std::string hash_password(std::string_view password) {
  need_sodium();
  std::array<char, crypto_pwhash_STRBYTES> hash{};
  if (crypto_pwhash_str(hash.data(), password.data(), password.size(), crypto_pwhash_OPSLIMIT_INTERACTIVE,
                        crypto_pwhash_MEMLIMIT_INTERACTIVE)
      != 0)
    throw std::bad_alloc(); // libsodium documents no other failure
  return hash.data();
}

bool password_fits(std::string_view password, const std::string& hash) {
  need_sodium();
  return crypto_pwhash_str_verify(hash.c_str(), password.data(), password.size()) == 0;
}

bool password_fits_nobody(std::string_view password) {
  static const std::string somebody = hash_password("nobody signs in with this");
  password_fits(password, somebody);
  return false;
}

} // namespace chat
