#include "transport/program/metrics_access.hpp"

#include <filesystem>
#include <fstream>
#include <string>
#include <utility>

#include <doctest/doctest.h>

#include "tests/support/scratch_folder.hpp"

using namespace bennu;
using namespace bennu::engine;
using namespace bennu::test;

namespace {

http_request request_of(std::string peer, std::string header, std::string value) {
  http_request result;
  result.peer_address = std::move(peer);
  if (!header.empty())
    result.headers.emplace_back(std::move(header), std::move(value));
  return result;
}

} // namespace

TEST_CASE("metrics access: without settings this machine may read, if it asks for itself") {
  const metrics_access access{{}, {}};
  CHECK(access.refusal_of(request_of("127.0.0.1", "", "")) == 0);
  for (const auto* host : {"localhost", "Localhost:4000", "127.0.0.1", "127.1.2.3:80", "[::1]", "[::1]:4000"})
    CHECK(access.refusal_of(request_of("::1", "Host", host)) == 0);
  for (const auto* host : {"chat.example.com", "127.0.0.1.example.com", "localhost.example.com:80", "10.0.0.1", "[::1",
                           "[]", ":80", "[::2]:80"})
    CHECK(access.refusal_of(request_of("127.0.0.1", "Host", host)) == 403);
  CHECK(access.refusal_of(request_of("127.0.0.1", "X-Forwarded-For", "127.0.0.1")) == 403);
  CHECK(access.refusal_of(request_of("192.0.2.1", "Host", "localhost")) == 403);
  CHECK(access.refusal_of(request_of("", "Host", "localhost")) == 403); // a Unix socket
}

TEST_CASE("metrics access: with --metrics-from the name of the host does not matter, and unix may be named") {
  const metrics_access access{{"unix", "127.0.0.1"}, {}};
  CHECK(access.refusal_of(request_of("", "Host", "chat.example.com")) == 0);
  CHECK(access.refusal_of(request_of("127.0.0.1", "Host", "chat.example.com")) == 0);
  CHECK(access.refusal_of(request_of("192.0.2.1", "Host", "localhost")) == 403);
}

TEST_CASE("metrics access: the token is read as other secrets are, and its scheme in any case of letters") {
  scratch_folder folder;
  const auto path = folder.file("token");
  std::ofstream{path} << "# for the scraper\r\nabc.def \r\n";
  std::filesystem::permissions(path, std::filesystem::perms{0644});
  CHECK_THROWS_WITH((metrics_access{{}, path}), doctest::Contains("chmod o-rwx"));
  std::filesystem::permissions(path, std::filesystem::perms{0600});
  const metrics_access access{{}, path};
  for (const auto* good : {"Bearer abc.def", "bearer abc.def", "BEARER  abc.def"})
    CHECK(access.refusal_of(request_of("192.0.2.1", "Authorization", good)) == 0);
  for (const auto* bad : {"", "Bearer", "Bearer ", "Bearer abc.deg", "Bearer abc.def x", "Basic abc.def", "abc.def"})
    CHECK(access.refusal_of(request_of("127.0.0.1", "Authorization", bad)) == 401);
  std::ofstream{path} << "\n \n";
  CHECK_THROWS_WITH((metrics_access{{}, path}), doctest::Contains("holds no token"));
}
