#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <variant>

#include <bennu/transport/http.hpp>

namespace bennu::engine {

/// A request that is none: how it is to be answered. Nothing can be read after it.
struct bad_request {
  unsigned status = 400;
  std::string text;
  std::string path = {}; ///< what was asked for, when that much could be read
};

/// Reads the HTTP/1.1 requests of one connection, one after another (RFC 9112). A pure value: bytes in, requests out; what they are does
/// not depend on how the bytes were cut.
///
/// Holds at most the header's limit, the body so far, and what was fed beyond this request. Thread safety: none.
class http_reader {
public:
  struct incomplete {};

  http_reader(uint32_t max_header_bytes, uint64_t max_body_bytes);
  ~http_reader();

  void feed(std::string_view bytes);

  /// The next request, once its last byte was fed.
  std::variant<incomplete, http_request, bad_request> next();

  /// Whether the last request lets the connection live on.
  bool keep_alive() const noexcept { return keep_alive_; }

  /// Whether it was HTTP/1.0.
  bool is_old() const noexcept { return is_old_; }

  /// Whether the client waits with the body of an unfinished request until it is told to go on: `Expect: 100-continue` (RFC 9110
  /// §10.1.1). True once a request.
  bool take_expectation() noexcept { return std::exchange(expects_continue_, false); }

  /// Whether a part of a request was fed.
  bool in_request() const noexcept;

  /// What was fed behind the last request: the bytes of another protocol.
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
