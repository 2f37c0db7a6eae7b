#include "apps/bench/siege/http.hpp"

#include <array>
#include <cstdlib>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

namespace bennu::bench {

namespace {

sockaddr_in address_of(uint32_t host, uint16_t port) {
  sockaddr_in result{};
  result.sin_family = AF_INET;
  result.sin_addr.s_addr = htonl(host);
  result.sin_port = htons(port);
  return result;
}

} // namespace

std::string http_request(std::string_view method, std::string_view path, std::string_view body, std::string_view token,
                         std::string_view more) {
  std::string result{method};
  result.append(" ").append(path).append(" HTTP/1.1\r\nHost: 127.0.0.1\r\n");
  if (!token.empty())
    result.append("Authorization: Bearer ").append(token).append("\r\n");
  if (method != "GET")
    result.append("Content-Type: application/json\r\nContent-Length: " + std::to_string(body.size()) + "\r\n");
  return result.append(more).append("\r\n").append(body);
}

std::string http_answer(uint16_t port, std::string_view request, uint32_t source) {
  const int fd = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  const auto from = address_of(source, 0), to = address_of(INADDR_LOOPBACK, port);
  const timeval patience{30, 0};
  ::setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
  std::string result;
  if (::bind(fd, reinterpret_cast<const sockaddr*>(&from), sizeof from) == 0
      && ::connect(fd, reinterpret_cast<const sockaddr*>(&to), sizeof to) == 0
      && ::send(fd, request.data(), request.size(), MSG_NOSIGNAL) > 0) {
    std::array<char, 16'384> buffer;
    for (ssize_t n = 0; (n = ::recv(fd, buffer.data(), buffer.size(), 0)) > 0;)
      result.append(buffer.data(), static_cast<size_t>(n));
  }
  ::close(fd);
  return result;
}

std::map<std::string, double> server_limits(uint16_t port) {
  constexpr std::string_view name = "_limit_hits_total{limit=\"";
  std::map<std::string, double> result;
  const auto text = http_answer(port, http_request("GET", "/metrics", {}, {}, last_request), INADDR_LOOPBACK);
  for (auto at = text.find(name); at != std::string::npos; at = text.find(name, at)) {
    at += name.size();
    const auto end = text.find("\"} ", at);
    if (end == std::string::npos)
      break;
    result[text.substr(at, end - at)] += std::strtod(text.c_str() + end + 3, nullptr);
  }
  return result;
}

} // namespace bennu::bench
