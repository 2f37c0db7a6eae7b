#include "apps/bench/server_limits.hpp"

#include <array>
#include <cstdlib>
#include <string_view>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

namespace bennu::bench {

namespace {

std::string page(uint16_t port, std::string_view path) {
  const int fd = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in to{};
  to.sin_family = AF_INET;
  to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  to.sin_port = htons(port);
  const auto request = "GET " + std::string{path} + " HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n";
  std::string result;
  if (::connect(fd, reinterpret_cast<sockaddr*>(&to), sizeof to) == 0
      && ::send(fd, request.data(), request.size(), MSG_NOSIGNAL) > 0) {
    std::array<char, 16'384> buffer;
    for (ssize_t n = 0; (n = ::recv(fd, buffer.data(), buffer.size(), 0)) > 0;)
      result.append(buffer.data(), static_cast<size_t>(n));
  }
  ::close(fd);
  return result;
}

} // namespace

std::map<std::string, double> server_limits(uint16_t port) {
  constexpr std::string_view start = "\nbennu_limit_hits_total{limit=\"";
  std::map<std::string, double> result;
  const auto text = page(port, "/metrics");
  for (auto at = text.find(start); at != std::string::npos; at = text.find(start, at + 1)) {
    const auto name = at + start.size();
    const auto end = text.find("\"} ", name);
    if (end != std::string::npos)
      result[text.substr(name, end - name)] = std::strtod(text.c_str() + end + 3, nullptr);
  }
  return result;
}

} // namespace bennu::bench
