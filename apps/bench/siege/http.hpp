#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>

namespace bennu::bench {

/// The text of a request with this body; without a body (and without its headers) for GET.
/// @param token sent as a bearer token, if it is not empty
/// @param more further header fields, each with its line end
std::string http_request(std::string_view method, std::string_view path, std::string_view body = {},
                         std::string_view token = {}, std::string_view more = {});

constexpr std::string_view last_request = "Connection: close\r\n";

/// Sends one request, the last of its connection, to 127.0.0.1 and waits for the answer.
/// @param source the IPv4 address that it comes from, in the byte order of the host
/// @returns the answer with its header; empty when there is none within 30 s.
std::string http_answer(uint16_t port, std::string_view request, uint32_t source);

/// How often the server has hit each of its limits, as its `/metrics` counts them (`bennu_limit_hits_total`, and
/// `chat_limit_hits_total` of the chat).
/// @returns nothing for a server without that page.
std::map<std::string, double> server_limits(uint16_t port);

} // namespace bennu::bench
