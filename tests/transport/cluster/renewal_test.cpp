#include <doctest/doctest.h>

#include <fstream>

#include "tests/transport/cluster/cluster_node.hpp"

using namespace bennu;
using namespace bennu::test;
using namespace std::chrono_literals;

namespace {

bool told_of(hub_log& events, const std::string& beginning, const std::string& part) {
  return events.wait([&](auto& lines) {
    return std::any_of(lines.begin(), lines.end(),
                       [&](auto& x) { return x.starts_with(beginning) && x.find(part) != std::string::npos; });
  });
}

std::ptrdiff_t count_of(hub_log& events, const std::string& beginning) {
  const auto lines = events.lines();
  return std::count_if(lines.begin(), lines.end(), [&](auto& x) { return x.starts_with(beginning); });
}

} // namespace

TEST_CASE("renewal: an expired certificate is reported once on both sides, and after its renewal the nodes connect") {
  certificate_folder certificates{{"a", "b"}};
  certificates.renew("b", -60s);
  cluster_node a{certificates.options("a")};
  auto of_b = with_peers(certificates.options("b"), {a.address()});
  of_b.last_redial = 100ms;
  cluster_node b{of_b};
  CHECK(b.events.told("cluster.certificate_expired b"));
  CHECK(told_of(a.events, "link.refused ", "certificate has expired"));
  certificates.renew("b", std::chrono::hours{24 * 365});
  b.part().reload_certificates();
  REQUIRE(a.log.told("up b"));
  REQUIRE(b.log.told("up a"));
  CHECK(told_of(a.events, "link.refused_over ", "certificate has expired"));
  CHECK(count_of(a.events, "link.refused ") == 1);
  CHECK(b.events.count("cluster.certificate_expired b") == 1);
}

TEST_CASE("renewal: a certificate that expires soon is reported ahead of time") {
  certificate_folder certificates{{"a"}};
  certificates.renew("a", std::chrono::hours{24 * 7});
  cluster_node a{certificates.options("a")};
  CHECK(a.events.told("cluster.certificate_expires a"));
}

TEST_CASE("renewal: files that do not match are refused with the reason, and the node keeps those that it has") {
  certificate_folder certificates{{"a", "b", "c"}};
  cluster_node a{certificates.options("a")};
  cluster_node b{with_peers(certificates.options("b"), {a.address()})};
  REQUIRE(a.log.told("up b"));
  const auto files = certificates.options("a");
  std::ofstream{files.certificate} << "no certificate";
  CHECK_THROWS_WITH_AS(a.part().reload_certificates(), doctest::Contains("cannot read the certificate"),
                       std::runtime_error);
  CHECK(a.send("b", "unhurt"));
  CHECK(b.log.told("a: unhurt"));
  cluster_node c{with_peers(certificates.options("c"), {a.address()})};
  CHECK(c.log.told("up a"));
}

TEST_CASE("renewal: reloading leaves links alone, and later connections use the new certificates") {
  certificate_folder certificates{{"a", "b"}};
  cluster_node a{certificates.options("a")};
  cluster_node b{with_peers(certificates.options("b"), {a.address()})};
  REQUIRE(a.log.told("up b"));
  certificates.renew("a", std::chrono::hours{24 * 365});
  a.part().reload_certificates();
  CHECK(b.send("a", "unhurt"));
  CHECK(a.log.told("b: unhurt"));
  CHECK(a.log.count("down b") == 0);
  a.link().cut("b", "because");
  CHECK(a.log.told("up b", 2));
}
