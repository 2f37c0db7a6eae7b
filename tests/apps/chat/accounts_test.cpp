#include <doctest/doctest.h>

#include "apps/chat/hashing_queue.hpp"
#include "tests/apps/chat/store_fixture.hpp"

using namespace chat;

namespace {

const std::string secret(32, 's');

} // namespace

TEST_CASE("password: a hash is Argon2id, matches only its password, and is different every time") {
  auto hash = hash_password("correct horse");
  CHECK(hash.starts_with("$argon2id$"));
  CHECK(hash != hash_password("correct horse"));
  CHECK(password_fits("correct horse", hash));
  CHECK_FALSE(password_fits("correct horsE", hash));
  CHECK_FALSE(password_fits_nobody("nobody signs in with this"));
}

TEST_CASE("password: a hash that libsodium has made fits, and is refused when it is cut or changed") {
  const std::string hash =
    "$argon2id$v=19$m=65536,t=2,p=1$O0NGJvGQBxTdafZ1kHo32Q$qOEWyA5nJywBuSxO3Y13fosPevkK4PIk1Z714W99OCQ";
  CHECK(password_fits("password", hash));
  CHECK_FALSE(password_fits("passwort", hash));
  for (const size_t kept : {size_t{0}, size_t{9}, size_t{60}, hash.size() - 1})
    CHECK_FALSE(password_fits("password", hash.substr(0, kept)));
}

TEST_CASE("token: its owner can be read until it expires") {
  token_key key{secret, std::chrono::seconds{60}};
  auto token = key.sign({7, "ann"}, 1000);
  auto found = key.read(token, 1059);
  REQUIRE(found);
  CHECK(found->owner.id == 7);
  CHECK(found->owner.name == "ann");
  CHECK(found->time_left == std::chrono::seconds{1});
  CHECK(found->signed_in_at == 1000);
  CHECK_FALSE(key.read(token, 1060));
}

TEST_CASE("token: a token that was signed differently, changed or not signed is refused") {
  token_key key{secret};
  auto token = key.sign({7, "ann"}, 1000);
  CHECK_FALSE(token_key{std::string(32, 'x')}.read(token, 1000));
  auto changed = token;
  changed[token.find('.') + 3] ^= 1;
  CHECK_FALSE(key.read(changed, 1000));
  // {"alg":"none","typ":"JWT"} . {"sub":"7","name":"ann","exp":99999999999}
  const auto* unsigned_one =
    "eyJhbGciOiJub25lIiwidHlwIjoiSldUIn0.eyJzdWIiOiI3IiwibmFtZSI6ImFubiIsImV4cCI6OTk5OTk5OTk5OTl9.";
  for (std::string_view bad : {unsigned_one, "", "a.b.c", "x"})
    CHECK_FALSE(key.read(bad, 1000));
}

TEST_CASE("token: a short secret is refused") {
  CHECK_THROWS_AS(token_key{"short"}, std::invalid_argument);
}
