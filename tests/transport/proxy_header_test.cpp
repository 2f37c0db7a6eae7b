#include "transport/http/peer_address.hpp"

#include <string>

#include <doctest/doctest.h>
#include <rapidcheck.h>

using namespace bennu::engine;

namespace {

const std::string signature{"\r\n\r\n\0\r\nQUIT\n", 12};

std::string binary(char version_and_command, char family, const std::string& rest) {
  return signature + version_and_command + family + static_cast<char>(rest.size() / 256)
         + static_cast<char>(rest.size() % 256) + rest;
}

const std::string ipv4{"\xC0\x00\x02\x01\x0A\x00\x00\x01\x12\x34\x01\xBB", 12};
const std::string line = "PROXY TCP4 192.0.2.1 10.0.0.1 56324 443\r\n";

proxy_header whole(const std::string& bytes) {
  const auto result = parse_proxy_header(bytes);
  REQUIRE(result);
  REQUIRE(std::holds_alternative<proxy_header>(*result));
  return std::get<proxy_header>(*result);
}

} // namespace

TEST_CASE("proxy_header: version 1 names the client's address, and nothing behind it is consumed") {
  CHECK(whole(line + "GET /").address == "192.0.2.1");
  CHECK(whole(line + "GET /").size == line.size());
  CHECK(whole("PROXY TCP6 2001:db8::1 ::1 1 2\r\n").address == "2001:db8::1");
  CHECK_FALSE(whole("PROXY UNKNOWN whatever stands here\r\n").address);
}

TEST_CASE("proxy_header: version 2 names it in bytes, with or without further fields") {
  CHECK(whole(binary('\x21', '\x11', ipv4)).address == "192.0.2.1");
  const auto with_more = binary('\x21', '\x11', ipv4 + "\x04" + std::string(40, 'x'));
  CHECK(whole(with_more + "GET /").address == "192.0.2.1");
  CHECK(whole(with_more + "GET /").size == with_more.size());
  CHECK(whole(binary('\x21', '\x21', std::string(15, '\0') + "\x01" + std::string(20, '\0'))).address == "::1");
  CHECK_FALSE(whole(binary('\x20', '\x00', "")).address); // a health check
  CHECK_FALSE(whole(binary('\x21', '\x00', "")).address);
}

TEST_CASE("proxy_header: an incomplete header waits for more bytes") {
  for (const auto& bytes : {line, binary('\x21', '\x11', ipv4)})
    for (size_t size = 0; size < bytes.size(); ++size) {
      const auto result = parse_proxy_header(bytes.substr(0, size));
      REQUIRE(result);
      CHECK(std::holds_alternative<std::monostate>(*result));
    }
}

TEST_CASE("proxy_header: anything else is refused") {
  for (const std::string& bytes :
       {std::string{"GET / HTTP/1.1\r\n"}, std::string{"PROXY TCP4 nonsense 1 2 3\r\n"},
        std::string{"PROXY UDP4 1.2.3.4\r\n"}, "PROXY TCP4 " + std::string(200, '1'), binary('\x11', '\x11', ipv4),
        binary('\x23', '\x11', ipv4), binary('\x21', '\x11', "short"), binary('\x21', '\x31', std::string(216, 'x')),
        std::string{"\r\n\r\nQ"}})
    CHECK_FALSE(parse_proxy_header(bytes));
}

TEST_CASE("proxy_header: no bytes crash it") {
  rc::check([](const std::string& tail) {
    for (const auto& head : {std::string{}, std::string{"PROXY TCP4 "}, signature, signature + '\x21' + '\x11'})
      parse_proxy_header(head + tail);
  });
}
