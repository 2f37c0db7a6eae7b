#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>

#include "tests/wire/raw_socket.hpp"

namespace bennu::test {

struct http_answer {
  int status = 0;
  std::map<std::string, std::string> headers; ///< names in lower case
  std::string body;
};

/// One HTTP/1.1 connection that is kept alive and sends what it is given.
class http_client {
public:
  explicit http_client(const place& at) : socket_(at) {}

  /// Sends a request without waiting. `headers` are complete lines, each ended by CRLF.
  void send(std::string_view method, std::string_view target, std::string_view headers = {},
            std::string_view body = {});
  void send_raw(std::string_view bytes) { socket_.write(bytes); }

  /// The next response. @throws std::runtime_error when the connection ends before, or nothing arrives for fifteen
  /// seconds.
  http_answer receive(bool has_body = true);

  http_answer request(std::string_view method, std::string_view target, std::string_view headers = {},
                      std::string_view body = {}) {
    send(method, target, headers, body);
    return receive(method != "HEAD");
  }

  const raw_socket& socket() const noexcept { return socket_; }
  raw_socket& socket() noexcept { return socket_; }

private:
  raw_socket socket_;
};

} // namespace bennu::test
