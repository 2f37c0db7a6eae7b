#include <doctest/doctest.h>

#include "tests/transport/cluster/cluster_node.hpp"
#include "transport/cluster/certificates.hpp"

using namespace bennu;
using namespace bennu::test;
using namespace std::chrono_literals;

TEST_CASE(
  "certificate watch: each change is reported once: that it expires soon, that it expired, that it is valid again") {
  using enum certificate_watch::state;
  const auto start = std::chrono::system_clock::now();
  certificate_terms terms{start, start + 24h * 100};
  certificate_watch watch{24h * 30};
  CHECK_FALSE(watch.look(terms, start));
  CHECK_FALSE(watch.look(terms, start + 24h * 69));
  CHECK(watch.look(terms, start + 24h * 70) == expires_soon);
  CHECK_FALSE(watch.look(terms, start + 24h * 99));
  CHECK(watch.look(terms, start + 24h * 100) == expired);
  CHECK_FALSE(watch.look(terms, start + 24h * 101));
  terms.not_after = start + 24h * 1'000;
  CHECK(watch.look(terms, start + 24h * 102) == good);
  CHECK(watch.look(terms, start - 1h) == not_yet_good);
}

TEST_CASE("certificate watch: a node's term ends with its certificate or with the authority's, whichever ends first") {
  certificate_folder certificates{{"a"}};
  const auto terms = terms_of(make_cluster_tls(certificates.options("a")));
  REQUIRE(terms);
  const auto now = std::chrono::system_clock::now();
  CHECK(terms->not_before <= now);
  CHECK(terms->not_after > now + 24h * 3'000);
  CHECK(terms->not_after < now + 24h * 4'000);
  CHECK_FALSE(terms_of(nullptr));
}
