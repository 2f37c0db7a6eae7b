#include <doctest/doctest.h>

#include <openssl/err.h>

#include "tests/transport/jwt_examples.hpp"
#include <bennu/transport/jwt.hpp>

using namespace bennu;
using namespace bennu::jwt_examples;
using namespace std::chrono_literals;
using namespace std::string_literals;
using nlohmann::json;

namespace {

const std::string older(32, 'o'), newer(32, 'n');
const jwt_keys::clock::time_point noon{1'700'000'000s};
const jwt_keys::clock::time_point joes_last_second{std::chrono::seconds{joes_end - 1}};
const jwt_keys::result no = token_error::invalid, too_late = token_error::expired;
const auto hs256_header = R"({"alg":"HS256"})"s;

/// A token with any payload, signed by `newer`.
std::string saying(std::string_view payload) {
  return by_hand(hs256_header, payload, newer);
}

jwt_keys::result at(jwt_keys::clock::time_point now, std::string_view token, const jwt_expectations& wanted = {}) {
  return jwt_keys{{newer}}.verify(token, wanted, now);
}

bool good(const jwt_keys::result& x) {
  return std::holds_alternative<json>(x);
}

} // namespace

TEST_CASE("jwt: a signed token is verified, with the times of its issue and expiry") {
  const jwt_keys keys{{newer}};
  const json claims = {
    {"sub", "7"}, {"name", "änn"}, {"roles", {"admin", "user"}}, {"level", 0.5}, {"deep", {{"x", nullptr}}}};
  auto wanted = claims;
  wanted["iat"] = 1'700'000'000;
  wanted["exp"] = 1'700'000'060;
  CHECK(keys.verify(keys.sign(claims, 60s, noon + 999ms), {}, noon) == jwt_keys::result{wanted});
  CHECK(keys.verify(keys.sign(json::object(), 60s)) != no);
}

TEST_CASE("jwt: a token is valid until the second before its exp, plus the leeway") {
  const auto token = jwt_keys{{newer}}.sign({{"sub", "7"}}, 60s, noon);
  CHECK(good(at(noon + 60s - 1ms, token)));
  CHECK(at(noon + 60s, token) == too_late);
  CHECK(good(at(noon + 70s - 1ms, token, {.leeway = 10s})));
  CHECK(at(noon + 70s, token, {.leeway = 10s}) == too_late);
  CHECK(good(at(noon + 400ms, saying(R"({"exp":1700000000.5})"))));
  CHECK(at(noon + 500ms, saying(R"({"exp":1700000000.5})")) == too_late);
  CHECK(good(at(noon, saying(R"({"exp":9223372036854775807})"))));
  CHECK(good(at(noon, saying(R"({"exp":1e300})"))));
  CHECK(at(noon, saying(R"({"exp":-1})")) == too_late);
}

TEST_CASE("jwt: a token without exp is refused unless that is allowed; one whose exp is not a number always") {
  CHECK(at(noon, saying("{}")) == no);
  CHECK(good(at(noon, saying("{}"), {.must_expire = false})));
  for (const auto* strange : {R"({"exp":"1700000060"})", R"({"exp":null})", R"({"exp":[1700000060]})",
                              R"({"exp":1700000060,"nbf":"1"})", R"({"exp":1e999})", R"({"exp":99999999999999999999})"})
    CHECK_MESSAGE(at(noon, saying(strange), {.must_expire = false}) == no, strange);
}

TEST_CASE("jwt: a token is invalid before its nbf") {
  const auto token = saying(R"({"nbf":1700000010,"exp":1700000060})");
  CHECK(at(noon + 10s - 1ms, token) == no);
  CHECK(good(at(noon + 10s, token)));
  CHECK(good(at(noon, token, {.leeway = 10s})));
}

TEST_CASE("jwt: the examples of RFC 7515 are verified by their keys and by no others") {
  const jwt_keys all{{hs256_secret}, {rsa_key, p256_key}};
  for (const auto& [keys, own] : {std::pair{jwt_keys{{hs256_secret}}, hs256}, std::pair{jwt_keys{{}, {rsa_key}}, rs256},
                                  std::pair{jwt_keys{{}, {p256_key}}, es256}}) {
    for (const auto& token : {hs256, rs256, es256})
      CHECK(good(keys.verify(token, {.issuer = "joe"}, joes_last_second)) == (token == own));
    CHECK(std::get<json>(all.verify(own, {}, joes_last_second)).at("http://example.com/is_root") == true);
    CHECK(all.verify(own, {}, joes_last_second + 1s) == too_late);
  }
}

TEST_CASE("jwt: any change of any character is detected") {
  const jwt_keys keys{{hs256_secret}, {rsa_key, p256_key}};
  for (const auto& token : {hs256, rs256, es256}) {
    for (size_t i = 0; i < token.size(); ++i) {
      auto bad = token;
      bad[i] = bad[i] == 'A' ? 'B' : 'A';
      CHECK_MESSAGE(keys.verify(bad, {}, joes_last_second) == no, bad);
      CHECK(keys.verify(token.substr(0, i), {}, joes_last_second) == no);
    }
    for (const auto& more : {"A"s, "="s, "."s, " "s, "\0"s, ".A"s})
      CHECK(keys.verify(token + more, {}, joes_last_second) == no);
    CHECK(keys.verify("\0"s + token, {}, joes_last_second) == no);
  }
  CHECK(ERR_peek_error() == 0); // the next TLS operation of this thread would find it
}

TEST_CASE("jwt: a token cannot choose its algorithm") {
  const auto claims = R"({"sub":"1","exp":1700000060})"s;
  const auto text = encode_base64url(claims);
  const jwt_keys keys{{newer}, {rsa_key, p256_key}};
  for (const auto* alg :
       {"none", "None", "NONE", "nOnE", "hs256", "HS384", "HS512", "RS256", "RS512", "ES256", "PS256", "", "x"}) {
    const auto header = json{{"alg", alg}}.dump();
    CHECK_MESSAGE(keys.verify(encode_base64url(header) + "." + text + ".", {}, noon) == no, alg);
    CHECK_MESSAGE(keys.verify(by_hand(header, claims, newer), {}, noon) == no, alg);
  }
  for (const auto* header : {"{}", R"({"alg":null})", R"({"alg":["HS256"]})", R"("HS256")", "[]", "", "{",
                             R"({"alg":"HS256","crit":["b64"],"b64":false})", R"({"alg":"HS256","crit":[]})"})
    CHECK_MESSAGE(keys.verify(by_hand(header, claims, newer), {}, noon) == no, header);
  CHECK(good(keys.verify(by_hand(R"({"alg":"HS256","typ":"JWT","kid":"1"})", claims, newer), {}, noon)));
}

TEST_CASE("jwt: the text of a public key is not accepted as a secret, neither in a token nor by the constructor") {
  const auto forged = by_hand(hs256_header, R"({"sub":"1","exp":1700000060})", rsa_key);
  CHECK(jwt_keys{{}, {rsa_key}}.verify(forged, {}, noon) == no);
  CHECK(jwt_keys{{newer}, {rsa_key}}.verify(forged, {}, noon) == no);
  CHECK_THROWS_WITH_AS(jwt_keys({rsa_key}), doctest::Contains("belongs to the public keys"), std::invalid_argument);
}

TEST_CASE("jwt: a secret is replaced without invalidating tokens in use") {
  const jwt_keys before{{older}}, during{std::vector{newer, older}}, after{{newer}};
  const auto token = before.sign(json::object(), 60s, noon);
  CHECK(good(during.verify(token, {}, noon)));
  CHECK(after.verify(token, {}, noon) == no);
  CHECK(good(after.verify(during.sign(json::object(), 60s, noon), {}, noon)));
}

TEST_CASE("jwt: tokens of another issuer or for another audience are refused") {
  const auto token = saying(R"({"iss":"joe","aud":"chat","exp":1700000060})");
  CHECK(good(at(noon, token, {.issuer = "joe", .audience = "chat"})));
  CHECK(good(at(noon, token, {.audience = "chat"})));
  CHECK(at(noon, token, {.issuer = "ann", .audience = "chat"}) == no);
  CHECK(at(noon, token, {.issuer = "joe", .audience = "shop"}) == no);
  CHECK(at(noon, token) == no); // the token is for an audience, and this side expects none
  const auto many = saying(R"({"aud":["shop","chat"],"exp":1700000060})");
  CHECK(good(at(noon, many, {.audience = "chat"})));
  CHECK(at(noon, many, {.audience = "cha"}) == no);
  CHECK(at(noon, many, {.issuer = "joe", .audience = "chat"}) == no);
  for (const auto* nobody :
       {R"({"exp":1700000060})", R"({"aud":[],"exp":1700000060})", R"({"aud":{"chat":1},"exp":1700000060})"})
    CHECK_MESSAGE(at(noon, saying(nobody), {.audience = "chat"}) == no, nobody);
}

TEST_CASE("jwt: a malformed token is refused, also when it was signed with the right key") {
  for (const auto& garbage : {""s, "."s, ".."s, "..."s, "a.b.c"s, "e30.e30.e30"s, std::string(8192, '.'),
                              std::string(8192, 'A'), "\0\xff"s, hs256 + "." + hs256})
    CHECK(at(noon, garbage) == no);
  for (const auto& payload :
       {""s, "{"s, "[]"s, "null"s, "7"s, "\"x\""s, "{\"exp\":1700000060}x"s, "{\"exp\":1700000060,\"x\":\"\xff\"}"s,
        "{\"exp\":1700000060}\0"s, R"({"exp":1700000060,"x":"\u0000"})"s,
        R"({"exp":1700000060,"x":)" + std::string(2500, '[') + std::string(2500, ']') + "}"})
    CHECK_MESSAGE(at(noon, saying(payload)) == no, payload);
}

TEST_CASE("jwt: a token that is too long is not parsed") {
  const jwt_keys keys{{newer}};
  const auto token = keys.sign({{"x", std::string(5000, 'x')}}, 60s, noon);
  CHECK(good(keys.verify(token, {}, noon)));
  CHECK(good(keys.verify(token, {.max_bytes = token.size()}, noon)));
  CHECK(keys.verify(token, {.max_bytes = token.size() - 1}, noon) == no);
  CHECK(keys.verify(keys.sign({{"x", std::string(6200, 'x')}}, 60s, noon), {}, noon) == no);
}

TEST_CASE("jwt: keys that are too weak or of another kind are refused, and the text says why") {
  const std::vector<std::string> none;
  CHECK_THROWS_AS(jwt_keys{none}, std::invalid_argument);
  CHECK_THROWS_WITH_AS(jwt_keys(std::vector{newer, "short"s}), doctest::Contains("not 5"), std::invalid_argument);
  CHECK_THROWS_WITH_AS(jwt_keys(none, {short_rsa_key}), doctest::Contains("not 1024"), std::invalid_argument);
  for (const auto& other : {p384_key, ed25519_key})
    CHECK_THROWS_WITH_AS(jwt_keys(none, {rsa_key, other}), doctest::Contains("P-256"), std::invalid_argument);
  for (const auto& other : {""s, newer, "-----BEGIN PRIVATE KEY-----\n"s, rsa_key.substr(0, 200)})
    CHECK_THROWS_WITH_AS(jwt_keys(none, {other}), doctest::Contains("in PEM"), std::invalid_argument);
  CHECK(ERR_peek_error() == 0);
}

TEST_CASE("jwt: claims that libjwt cannot represent, and signing without a secret, are errors of the caller") {
  const jwt_keys keys{{newer}};
  for (const auto& bad : {json("text"), json::array({1}), json(nullptr), json{{"x", "\xff"}}, json{{"x", "\0"s}},
                          json{{"x", UINT64_MAX}}})
    CHECK_THROWS_AS(keys.sign(bad, 60s, noon), std::invalid_argument);
  CHECK_THROWS_AS(jwt_keys({}, {rsa_key}).sign(json::object(), 60s), std::logic_error);
}

TEST_CASE("jwt: the time left of a token limits a connection") {
  const json claims = {{"exp", 1'700'000'060}};
  CHECK(jwt_time_left(claims, noon) == 60s);
  CHECK(jwt_time_left(claims, noon + 59'999'500us) == 1ms); // not over before the token is
  CHECK(jwt_time_left(claims, noon + 60s) == 0s);
  CHECK(jwt_time_left(claims, noon + 70s) == 0s);
  CHECK(jwt_time_left({{"exp", 1e300}}, noon) == std::chrono::years{100});
  CHECK(jwt_time_left(json::object(), noon) == std::nullopt);
}
