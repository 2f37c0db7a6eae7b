#include <bennu/transport/http.hpp>

#include <array>

#include <arpa/inet.h>

#include "transport/http/field_list.hpp"

namespace bennu {

std::string address_key(const std::string& numeric_address) {
  const auto without_zone = numeric_address.substr(0, numeric_address.find('%'));
  in6_addr address{};
  if (::inet_pton(AF_INET6, without_zone.c_str(), &address) != 1)
    return numeric_address;
  std::array<char, INET6_ADDRSTRLEN> text{};
  if (IN6_IS_ADDR_V4MAPPED(&address)) {
    ::inet_ntop(AF_INET, &address.s6_addr[12], text.data(), text.size());
    return text.data();
  }
  for (size_t i = 8; i < 16; ++i)
    address.s6_addr[i] = 0;
  ::inet_ntop(AF_INET6, &address, text.data(), text.size());
  return std::string{text.data()} + "/64";
}

std::optional<std::string_view> http_request::find(std::string_view name) const {
  for (auto& [key, value] : headers)
    if (engine::same_token(key, name))
      return value;
  return std::nullopt;
}

http_response http_response::json(unsigned status, std::string body) {
  return {status, {{"Content-Type", "application/json"}}, std::move(body)};
}

http_response http_response::text(unsigned status, std::string body) {
  return {status, {{"Content-Type", "text/plain; charset=utf-8"}}, std::move(body)};
}

} // namespace bennu
