#include "transport/websocket/handshake.hpp"

#include <algorithm>
#include <doctest/doctest.h>

using namespace bennu;
using namespace bennu::engine;

namespace {

http_request upgrade() {
  http_request request;
  request.method = "GET";
  request.path = "/socket/websocket";
  request.headers = {{"Host", "localhost"},
                     {"Upgrade", "websocket"},
                     {"Connection", "keep-alive, Upgrade"},
                     {"Sec-WebSocket-Key", "dGhlIHNhbXBsZSBub25jZQ=="},
                     {"Sec-WebSocket-Version", "13"}};
  return request;
}

http_request upgrade_with(std::string_view name, std::string value) {
  auto request = upgrade();
  for (auto& [key, old] : request.headers)
    if (key == name) {
      old = std::move(value);
      return request;
    }
  request.headers.emplace_back(name, std::move(value));
  return request;
}

http_request upgrade_without(std::string_view name) {
  auto request = upgrade();
  std::erase_if(request.headers, [&](const http_header& x) { return x.first == name; });
  return request;
}

// 0 when the handshake was accepted.
unsigned refusal(const http_request& request) {
  const auto result = check_handshake(request);
  const auto* response = std::get_if<http_response>(&result);
  return response != nullptr ? response->status : 0;
}

std::string_view accepted_header(const http_request& request, std::string_view name) {
  static std::vector<http_header> headers;
  headers = std::get<0>(check_handshake(request));
  for (auto& [key, value] : headers)
    if (key == name)
      return value;
  return {};
}

} // namespace

TEST_CASE("handshake: the example key of the RFC gets the answer of the RFC (RFC 6455 §1.3)") {
  CHECK(websocket_accept("dGhlIHNhbXBsZSBub25jZQ==") == "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=");
  CHECK(accepted_header(upgrade(), "Sec-WebSocket-Accept") == "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=");
  CHECK(accepted_header(upgrade(), "Upgrade") == "websocket");
  CHECK(accepted_header(upgrade(), "Connection") == "Upgrade");
}

TEST_CASE("handshake: tokens and names ignore case, and lists may have more elements (RFC 6455 §4.2.1)") {
  auto request = upgrade_with("Upgrade", "h2c, WebSocket");
  for (auto& [key, value] : request.headers)
    if (key == "Connection")
      key = "cOnNeCtIoN";
  CHECK(refusal(request) == 0);
}

TEST_CASE("handshake: a header in several lines is one list (RFC 9110 §5.3)") {
  auto request = upgrade_with("Connection", "keep-alive");
  request.headers.emplace_back("Connection", "Upgrade");
  CHECK(refusal(request) == 0);
}

TEST_CASE("handshake: another method, or a request without upgrade, is refused with 400") {
  auto post = upgrade();
  post.method = "POST";
  CHECK(refusal(post) == 400);
  for (auto name : {"Upgrade", "Connection"}) {
    CHECK(refusal(upgrade_without(name)) == 400);
    CHECK(refusal(upgrade_with(name, "websockets, upgraded")) == 400);
  }
}

TEST_CASE("handshake: another version is refused with 426 and the supported version (RFC 6455 §4.4)") {
  for (auto& request : {upgrade_without("Sec-WebSocket-Version"), upgrade_with("Sec-WebSocket-Version", "8")}) {
    const auto response = std::get<http_response>(check_handshake(request));
    CHECK(response.status == 426);
    CHECK(std::count(response.headers.begin(), response.headers.end(), http_header{"Sec-WebSocket-Version", "13"})
          == 1);
  }
}

TEST_CASE("handshake: a key that is not 16 bytes in base64 is refused with 400 (RFC 6455 §4.2.1)") {
  CHECK(refusal(upgrade_without("Sec-WebSocket-Key")) == 400);
  for (auto key : {"", "short", "dGhlIHNhbXBsZSBub25jZQ=", "dGhlIHNhbXBsZSBub25jZQ",
                   "dGhlIHNhbXBsZSBub25j*Q==", "dGhlIHNhbXBsZSBub25jZSEh", "dGhlIHNhbXBsZSBub25jZSEhIQ=="})
    CHECK(refusal(upgrade_with("Sec-WebSocket-Key", key)) == 400);
}

TEST_CASE("handshake: \"phoenix\" is selected when it is requested, and no other protocol ever") {
  CHECK(accepted_header(upgrade(), "Sec-WebSocket-Protocol").empty());
  CHECK(accepted_header(upgrade_with("Sec-WebSocket-Protocol", "base64url.bearer.phx.abc, phoenix"),
                        "Sec-WebSocket-Protocol")
        == "phoenix");
  CHECK(accepted_header(upgrade_with("Sec-WebSocket-Protocol", "mqtt, phoenixes"), "Sec-WebSocket-Protocol").empty());
}
