#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

struct ssl_st;

namespace bennu::test {

/// The address of a server.
struct place {
  place(uint16_t port_of_loopback) : port(port_of_loopback) {} // NOLINT: most tests need only a port
  uint16_t port;
  bool tls = false;               ///< any certificate is accepted
  std::string host = "127.0.0.1"; ///< numeric, IPv4 or IPv6
  std::string unix_path = {};     ///< replaces host and port
};

/// A blocking connection. Reading fails after fifteen seconds: a poll may wait for ten, and a correct server never
/// takes longer.
class raw_socket {
public:
  explicit raw_socket(const place& at);
  ~raw_socket();
  raw_socket(const raw_socket&) = delete;
  raw_socket& operator=(const raw_socket&) = delete;

  void write(std::string_view bytes);

  /// Reads exactly `size` bytes. @throws std::runtime_error when the connection ends before.
  std::string read(size_t size);

  /// Reads everything up to and including `mark`.
  std::string read_until(std::string_view mark);

  /// The common name of the server's certificate. REQUIRES: TLS.
  std::string certificate_name() const;

  /// The negotiated version: `TLSv1.3`. REQUIRES: TLS.
  std::string tls_version() const;

  /// Makes the end of the connection a reset instead of an orderly close.
  void reset_when_closed();

  /// Sends a close_notify, as most clients do before they close. REQUIRES: TLS.
  void say_goodbye();

private:
  void read_more();
  void begin_tls();

  int fd_;
  std::unique_ptr<ssl_st, void (*)(ssl_st*)> tls_;
  std::string in_;
};

} // namespace bennu::test
