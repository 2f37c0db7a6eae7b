#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <variant>

#include <bennu/transport/http.hpp>

namespace bennu::engine {

/// The response to a malformed request. No further request can be read after it.
struct bad_request {
  unsigned status = 400;
  std::string text;
  std::string path = {}; ///< the requested path, when it could be read
};

/// Reads the HTTP/1.1 requests of one connection, one after another (RFC 9112). A pure value: bytes in, requests out.
/// The requests do not depend on how the bytes were split.
///
/// It holds at most the limit for headers, the body so far, and the bytes after this request. Thread safety: none.
class http_reader {
public:
  struct incomplete {};

  http_reader(uint32_t max_header_bytes, uint64_t max_body_bytes);
  ~http_reader();

  void feed(std::string_view bytes);

  /// The next request, as soon as its last byte has arrived.
  std::variant<incomplete, http_request, bad_request> next();

  /// Whether the connection stays open after the last request.
  bool keep_alive() const noexcept { return keep_alive_; }

  /// Whether the last request was HTTP/1.0.
  bool is_old() const noexcept { return is_old_; }

  /// Whether the client waits for permission to send its body: `Expect: 100-continue` (RFC 9110 §10.1.1). True at
  /// most once per request.
  bool take_expectation() noexcept { return std::exchange(expects_continue_, false); }

  /// Whether a part of a request has arrived.
  bool in_request() const noexcept;

  /// The bytes after the last request, which belong to another protocol.
  std::string take_rest();

private:
  struct state;
  std::unique_ptr<state> state_;
  const uint32_t max_header_bytes_;
  const uint64_t max_body_bytes_;
  std::string waiting_;
  bool keep_alive_ = false;
  bool is_old_ = false;
  bool expects_continue_ = false;
};

} // namespace bennu::engine
