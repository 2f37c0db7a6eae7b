// JWTs. A token that was signed without the key is never accepted, whether its check ends at the HMAC or, because of
// its header, in libjwt. A token that was signed with the key may contain anything; it is accepted only if it is an
// object with an expiry.

#include "tests/fuzz/require.hpp"
#include "tests/transport/jwt_examples.hpp"
#include <bennu/transport/jwt.hpp>

using bennu::test::require;
using namespace bennu::jwt_examples;

extern "C" int LLVMFuzzerTestOneInput(const unsigned char* data, size_t size) {
  static const bennu::jwt_keys keys{{std::string(32, 'k')}, {rsa_key, p256_key}};
  const std::string_view input{reinterpret_cast<const char*>(data), size};
  const bennu::jwt_keys::clock::time_point now{std::chrono::seconds{joes_end - 1}};
  auto is_foreign = [&](const std::string& token) {
    if (!token.starts_with(rs256.substr(0, rs256.rfind('.'))) && !token.starts_with(es256.substr(0, es256.rfind('.'))))
      require(keys.verify(token, {}, now) == bennu::jwt_keys::result{bennu::token_error::invalid});
  };
  is_foreign(std::string{input});
  for (const auto* header : {R"({"alg":"HS256"})", R"({"alg":"RS256"})", R"({"alg":"ES256"})"})
    is_foreign(by_hand(header, input, "another secret"));

  const auto signed_by_us = keys.verify(by_hand(R"({"alg":"HS256"})", input, std::string(32, 'k')), {}, now);
  if (const auto* claims = std::get_if<nlohmann::json>(&signed_by_us)) {
    require(claims->at("exp").is_number());
    require(bennu::jwt_time_left(*claims, now) > std::chrono::milliseconds{0});
  }
  keys.verify(by_hand(input, R"({"exp":1300819380})", std::string(32, 'k')), {.issuer = "joe"}, now);
  return 0;
}
