#include "apps/chat/address_key.hpp"

#include <arpa/inet.h>

#include <array>

namespace chat {

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

} // namespace chat
