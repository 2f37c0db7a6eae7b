#include "transport/tls/context.hpp"

#include <stdexcept>

#include <doctest/doctest.h>

#include "tests/support/certificate.hpp"
#include "tests/support/scratch_folder.hpp"

using namespace bennu;
using namespace bennu::engine;

TEST_CASE(
  "tls_context: an encrypted key is refused with a text that names the pass phrase, also when files are read again") {
  test::scratch_folder folder;
  const auto cert = folder.file("cert.pem");
  const auto key = folder.file("key.pem");
  test::certificate{"one.example"}.write(cert, key, "secret");
  const tls_options options{.certificate_file = cert, .key_file = key};
  CHECK_THROWS_WITH_AS(tls_context{options}, doctest::Contains("encrypted with a pass phrase"), std::runtime_error);
  test::certificate{"one.example"}.write(cert, key);
  tls_context works{options};
  test::certificate{"one.example"}.write(cert, key, "secret");
  CHECK_THROWS_WITH_AS(works.reload(), doctest::Contains("encrypted with a pass phrase"), std::runtime_error);
}
