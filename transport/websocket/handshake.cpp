#include "transport/websocket/handshake.hpp"

#include <algorithm>
#include <array>

#include <openssl/evp.h>

#include "actors/wire/base64.hpp"
#include "transport/http/field_list.hpp"

namespace bennu::engine {

namespace {

// Whether an element of the comma-separated `list` equals `token`, ignoring case (RFC 9110 §5.6.1).
bool has_token(std::string_view list, std::string_view token) {
  while (!list.empty())
    if (same_token(take_part(list, ','), token))
      return true;
  return false;
}

// The same for all headers with that name, which form one list (RFC 9110 §5.3).
bool has_token(const http_request& request, std::string_view name, std::string_view token) {
  return std::any_of(request.headers.begin(), request.headers.end(),
                     [&](const http_header& x) { return same_token(x.first, name) && has_token(x.second, token); });
}

bool is_key(std::string_view x) {
  const auto bytes = decode_base64(x);
  return bytes && bytes->size() == 16;
}

http_response bad_handshake(std::string_view why) {
  return http_response::text(400, "Bad Request: " + std::string{why} + "\n");
}

} // namespace

std::string websocket_accept(std::string_view key) {
  const auto text = std::string{key} + "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";
  std::array<unsigned char, EVP_MAX_MD_SIZE> digest;
  unsigned size = 0;
  EVP_Digest(text.data(), text.size(), digest.data(), &size, EVP_sha1(), nullptr);
  std::string result;
  append_base64(result, {reinterpret_cast<const char*>(digest.data()), size});
  return result;
}

std::variant<std::vector<http_header>, http_response> check_handshake(const http_request& request) {
  if (request.method != "GET")
    return bad_handshake("a WebSocket handshake is a GET");
  if (request.is_old)
    return bad_handshake("a WebSocket handshake is HTTP/1.1");
  if (!has_token(request, "Upgrade", "websocket") || !has_token(request, "Connection", "upgrade"))
    return bad_handshake("this path serves WebSocket clients: the 'upgrade' header must contain 'websocket', and the "
                         "'connection' header must contain 'upgrade'");
  if (request.header("Sec-WebSocket-Version") != "13") {
    auto response = http_response::text(426, "Upgrade Required: this server speaks WebSocket version 13\n");
    response.headers.emplace_back("Sec-WebSocket-Version", "13");
    response.headers.emplace_back("Upgrade", "websocket");
    return response;
  }
  const auto key = request.header("Sec-WebSocket-Key");
  const auto keys = std::count_if(request.headers.begin(), request.headers.end(),
                                  [](const http_header& x) { return same_token(x.first, "Sec-WebSocket-Key"); });
  if (keys != 1 || !is_key(key))
    return bad_handshake("there must be one Sec-WebSocket-Key, 16 bytes in base64");
  std::vector<http_header> headers{
    {"Upgrade", "websocket"},
    {"Connection", "Upgrade"},
    {"Sec-WebSocket-Accept", websocket_accept(key)},
  };
  // The official client requests "phoenix" in addition to its token. A browser fails the connection when none of its
  // requested protocols is selected.
  if (has_token(request, "Sec-WebSocket-Protocol", "phoenix"))
    headers.emplace_back("Sec-WebSocket-Protocol", "phoenix");
  return headers;
}

} // namespace bennu::engine
