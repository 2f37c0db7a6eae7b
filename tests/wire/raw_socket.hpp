#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace bennu::test {

/// A blocking TCP connection to 127.0.0.1. Reading gives up after fifteen seconds: a poll
/// may wait for ten, and no right server needs more.
class raw_socket {
public:
  explicit raw_socket(uint16_t port);
  ~raw_socket();
  raw_socket(const raw_socket&) = delete;
  raw_socket& operator=(const raw_socket&) = delete;

  void write(std::string_view bytes);

  /// Exactly `size` bytes. @throws std::runtime_error when the connection ends before.
  std::string read(size_t size);

  /// Everything up to and including `mark`.
  std::string read_until(std::string_view mark);

private:
  void read_more();

  int fd_;
  std::string in_;
};

} // namespace bennu::test
