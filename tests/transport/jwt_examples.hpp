#pragma once

#include <string>

#include <openssl/evp.h>
#include <openssl/hmac.h>

#include "actors/wire/base64.hpp"

/// Tokens and keys for tests: those of RFC 7515, appendix A, and forged ones.
namespace bennu::jwt_examples {

using namespace engine;

/// Joe's claims, `exp` 1300819380, without a header and a signature.
inline const std::string joes =
  "eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVlfQ";
inline constexpr int64_t joes_end = 1'300'819'380;

/// A.1: HS256.
inline const std::string hs256_secret =
  *decode_base64url("AyM1SysPpbyDfgZld3umj1qzKObwVMkoqQ-EstJQLr_T-1qS0gZH75aKtMN3Yj0iPS4hcgUuTwjAzZr1Z9CAow");
inline const std::string hs256 =
  "eyJ0eXAiOiJKV1QiLA0KICJhbGciOiJIUzI1NiJ9." + joes + ".dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";

/// A.2: RS256.
inline const std::string rsa_key = R"(-----BEGIN PUBLIC KEY-----
MIIBIjANBgkqhkiG9w0BAQEFAAOCAQ8AMIIBCgKCAQEAofgWCuLjybRlzo0tZWJj
NiuSfb4p4fAkd/wWJcyQoTbji9k0l8W26mPddxHmfHQp+Vaw+4qPCJrcS2mJPMEz
P1Pt0Bm4d4QlL+yRT+SFd2lZS+pCgNMsD1W/YpRPEwOWvG6b32690r2jZ47soMZo
9wGzjb/7OMg0LOL+bSf63kpaSHSXndS5z5rexMdbBYUsLA9e+KXBdQOS+UTo7WTB
EMa2R2CapHg665xsmtdVMTBQY4uDZlxvb3qCo5ZwKh9kG4LT6/I5IhlJH7aGhyxX
FvUK+DWNmoudF8NAco9/h9iaGNj8q2ethFkMLs91kzk2PAcDTW9gb54h4FRWyuXp
oQIDAQAB
-----END PUBLIC KEY-----
)";
inline const std::string rs256 =
  "eyJhbGciOiJSUzI1NiJ9." + joes
  + ".cC4hiUPoj9Eetdgtv3hF80EGrhuB__dzERat0XF9g2VtQgr9PJbu3XOiZj5RZmh7AAuHIm4Bh-0Qc_lF5YKt_"
    "O8W2Fp5jujGbds9uJdbF9CUAr7t1dnZcAcQjbKB"
    "YNX4BAynRFdiuB--f_nZLgrnbyTyWzO75vRK5h6xBArLIARNPvkSjtQBMHlb1L07Qe7K0GarZRmB_eSN9383LcOLn6_dO--xi12jzDwusC-"
    "eOkHWEsqtFZESc6BfI7no"
    "OPqvhJ1phCnvWh6IeYI2w9QOYEUipUTI8np6LbgGY9Fs98rqVt5AXLIhWkWywlVmtVrBp0igcN_IoypGlUPQGe77Rw";

/// A.3: ES256.
inline const std::string p256_key = R"(-----BEGIN PUBLIC KEY-----
MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEf83OJ3D2xF1Bg8vub9tLe1gHMzV7
6e8Tus9uPHvRVEXH8UTNG72bfocs3+257rn0s2ldbqkLJK2KRiMohYjlrQ==
-----END PUBLIC KEY-----
)";
inline const std::string es256 =
  "eyJhbGciOiJFUzI1NiJ9." + joes
  + ".DtEhU3ljbEg8L38VWAfUAqOyKAM6-Xx-F4GawxaepmXFCgfTjDxw5djxLa8ISlSApmWQxfKTUJqPP3-Kg6NU1Q";

/// Keys that must be refused: RSA of 1024 bits, P-384, Ed25519.
inline const std::string short_rsa_key = R"(-----BEGIN PUBLIC KEY-----
MIGfMA0GCSqGSIb3DQEBAQUAA4GNADCBiQKBgQDFEYaw4gf8JdRgpRsAd2mTN7X3
s43Y9Xv+hPlPP2F3+jLCZ/L26sjeFF5upCt3D9OSpX53xF4PoIWG7Xu9jjhnDbob
LaRtEP2aeAfp7tjnU0JCn8pxOOw3CUjaIah5zR9WF/CHg1THUAteWVMbv/QziZHi
jmXV26adW4b1BbNNBQIDAQAB
-----END PUBLIC KEY-----
)";
inline const std::string p384_key = R"(-----BEGIN PUBLIC KEY-----
MHYwEAYHKoZIzj0CAQYFK4EEACIDYgAEaPj6t0cfG+294gsDeP4/Rd7BnBWA5xCm
vgSjzprTYDOKLU/8dOQNns6iUA76jgsE54SqOiajmtOJM4E8rbqIjLzW3eb97/92
+cEPzRBhTKuymCcfYFehIv9N+SJ3dekw
-----END PUBLIC KEY-----
)";
inline const std::string ed25519_key = R"(-----BEGIN PUBLIC KEY-----
MCowBQYDK2VwAyEA+AXIh85rddTIblU9smrLeQdKUKxNfpAL/PhIGZF1VNo=
-----END PUBLIC KEY-----
)";

/// A token with any header and payload, and the HMAC with `secret`, whatever the header says.
inline std::string by_hand(std::string_view header, std::string_view payload, const std::string& secret) {
  const auto text = encode_base64url(header) + "." + encode_base64url(payload);
  std::string mac(32, '\0');
  HMAC(EVP_sha256(), secret.data(), static_cast<int>(secret.size()),
       reinterpret_cast<const unsigned char*>(text.data()), text.size(), reinterpret_cast<unsigned char*>(mac.data()),
       nullptr);
  return text + "." + encode_base64url(mac);
}

} // namespace bennu::jwt_examples
