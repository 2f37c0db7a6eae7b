#include <doctest/doctest.h>

#include "actors/wire/base64.hpp"
#include <bennu/transport/token.hpp>

using namespace bennu;
using namespace bennu::engine;
using namespace std::chrono_literals;
using namespace std::string_literals;

namespace {

const std::string old_secret(32, 'o');
const std::string new_secret(32, 'n');
const token_keys::clock::time_point now{1'700'000'000s};
const token_keys::result invalid = token_error::invalid;
const token_keys::result expired = token_error::expired;
const token_keys::result ann = "ann"s;

} // namespace

TEST_CASE("token: a signed token is verified") {
  const token_keys keys{{new_secret}};
  for (const auto& data : {"ann"s, ""s, "\0\xff"s, std::string(5000, 'x')}) {
    CHECK(keys.verify("user socket", keys.sign("user socket", data, now), 60s, now) == token_keys::result{data});
    CHECK(keys.decrypt("user socket", keys.encrypt("user socket", data, now), 60s, now) == token_keys::result{data});
  }
}

TEST_CASE("token: it expires when it is older than the allowed age") {
  const token_keys keys{{new_secret}};
  const auto token = keys.sign("user socket", "ann", now);
  CHECK(keys.verify("user socket", token, 60s, now + 60s) == ann);
  CHECK(keys.verify("user socket", token, 60s, now + 60s + 1ms) == expired);
  CHECK(keys.verify("user socket", token, 60s, now - 10s) == ann);
  const auto sealed = keys.encrypt("user socket", "ann", now);
  CHECK(keys.decrypt("user socket", sealed, 60s, now + 60s) == ann);
  CHECK(keys.decrypt("user socket", sealed, 60s, now + 61s) == expired);
}

TEST_CASE("token: a token is valid for its purpose only, and a signed one is not an encrypted one") {
  const token_keys keys{{new_secret}};
  CHECK(keys.verify("reset password", keys.sign("user socket", "ann", now), 60s, now) == invalid);
  CHECK(keys.decrypt("reset password", keys.encrypt("user socket", "ann", now), 60s, now) == invalid);
  CHECK(keys.verify("user socket", keys.encrypt("user socket", "ann", now), 60s, now) == invalid);
  CHECK(keys.decrypt("user socket", keys.sign("user socket", "ann", now), 60s, now) == invalid);
}

TEST_CASE("token: any change of any character is detected") {
  const token_keys keys{{new_secret}};
  const auto token = keys.sign("user socket", "ann", now);
  const auto sealed = keys.encrypt("user socket", "ann", now);
  for (const auto& [good, check] : {std::pair{token, &token_keys::verify}, std::pair{sealed, &token_keys::decrypt}}) {
    for (size_t i = 0; i < good.size(); ++i) {
      auto bad = good;
      bad[i] = bad[i] == 'A' ? 'B' : 'A';
      CHECK((keys.*check)("user socket", bad, 60s, now) == invalid);
      CHECK((keys.*check)("user socket", good.substr(0, i), 60s, now) == invalid);
    }
    CHECK((keys.*check)("user socket", good + "A", 60s, now) == invalid);
    CHECK((keys.*check)("user socket", good + "=", 60s, now) == invalid);
    CHECK((keys.*check)("user socket", good, 60s, now) == ann);
  }
}

TEST_CASE("token: a secret is replaced without invalidating tokens in use") {
  const token_keys before{{old_secret}};
  const token_keys during{{new_secret, old_secret}};
  const token_keys after{{new_secret}};
  const auto token = before.sign("user socket", "ann", now);
  CHECK(during.verify("user socket", token, 60s, now) == ann);
  CHECK(after.verify("user socket", token, 60s, now) == invalid);
  CHECK(after.verify("user socket", during.sign("user socket", "ann", now), 60s, now) == ann);
  CHECK(during.decrypt("user socket", before.encrypt("user socket", "ann", now), 60s, now) == ann);
}

TEST_CASE("token: encrypted data cannot be read and looks different each time") {
  const token_keys keys{{new_secret}};
  const auto token = keys.encrypt("user socket", "a secret sentence", now);
  CHECK(decode_base64url(token)->find("secret") == std::string::npos);
  CHECK(token != keys.encrypt("user socket", "a secret sentence", now));
}

TEST_CASE("token: weak secrets are refused") {
  CHECK_THROWS_AS(token_keys({}), std::invalid_argument);
  CHECK_THROWS_WITH_AS(token_keys({new_secret, "short"}), doctest::Contains("not 5"), std::invalid_argument);
}

TEST_CASE("base64url: RFC 4648's vectors, without padding") {
  const std::pair<std::string, std::string> vectors[] = {
    {"", ""},           {"f", "Zg"},          {"fo", "Zm8"},          {"foo", "Zm9v"},
    {"foob", "Zm9vYg"}, {"fooba", "Zm9vYmE"}, {"foobar", "Zm9vYmFy"}, {"\xfb\xff", "-_8"}};
  for (const auto& [bytes, text] : vectors) {
    CHECK(encode_base64url(bytes) == text);
    CHECK(decode_base64url(text) == bytes);
  }
}

TEST_CASE("base64url: each value has exactly one text") {
  for (const auto* text : {"Z", "Zh", "Zm9", "Zg==", "Zg ", "Z+", "Z/", "AAAAA"})
    CHECK_MESSAGE(decode_base64url(text) == std::nullopt, text);
}
