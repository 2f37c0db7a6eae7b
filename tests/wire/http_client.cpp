#include "tests/wire/http_client.hpp"

#include <algorithm>
#include <cctype>

namespace bennu::test {

void http_client::send(std::string_view method, std::string_view target, std::string_view headers,
                       std::string_view body) {
  auto text =
    std::string{method} + " " + std::string{target} + " HTTP/1.1\r\nHost: 127.0.0.1\r\n" + std::string{headers};
  if (!body.empty() || method == "POST")
    text += "Content-Length: " + std::to_string(body.size()) + "\r\n";
  socket_.write(text + "\r\n" + std::string{body});
}

http_answer http_client::receive(bool has_body) {
  const auto head = socket_.read_until("\r\n\r\n");
  http_answer result;
  result.status = std::stoi(head.substr(head.find(' ') + 1));
  for (auto begin = head.find("\r\n") + 2; begin + 2 < head.size();) {
    const auto end = head.find("\r\n", begin);
    const auto line = head.substr(begin, end - begin);
    begin = end + 2;
    const auto colon = line.find(':');
    auto name = line.substr(0, colon);
    std::transform(name.begin(), name.end(), name.begin(), [](unsigned char c) { return std::tolower(c); });
    result.headers[name] = line.substr(line.find_first_not_of(' ', colon + 1));
  }
  if (has_body && result.headers.contains("content-length"))
    result.body = socket_.read(std::stoul(result.headers["content-length"]));
  return result;
}

} // namespace bennu::test
