#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>

#include <bennu/transport/http.hpp>

namespace bennu::engine {

/// The response to a request that cannot be served. No further request can be read after it.
struct bad_request {
  unsigned status = 400;
  std::string text;
  std::optional<http_response> answer = std::nullopt; ///< the response of a gate; it replaces `status` and `text`
};

/// The limit of the body of one request.
struct body_terms {
  uint64_t max_bytes = 0;
  unsigned status_beyond = 413; ///< the status of the response to a larger body
};

/// Decides about a request by its head, before any byte of its body is stored.
class request_gate {
public:
  using verdict = std::variant<body_terms, http_response>;

  /// @param head the request without its body; the gate may add to it what the reader does not know
  /// @returns the limit of its body, or the response to a request whose body need not be read. A request without a body
  /// is passed on in any case.
  virtual verdict judge(http_request& head) = 0;

  /// The response to a request that cannot be served, at this path; nothing: the usual one, in plain text.
  virtual std::optional<http_response> refusal(std::string_view /*path*/, unsigned /*status*/,
                                               std::string_view /*why*/) const {
    return std::nullopt;
  }

protected:
  ~request_gate() = default;
};

/// Reads the HTTP/1.1 requests of one connection, one after another (RFC 9112). A pure value: bytes in, requests out.
/// The requests do not depend on how the bytes were split.
///
/// It holds at most the limit for headers, the body so far, and the bytes after this request. An announced length
/// allocates nothing. Thread safety: none.
class http_reader {
public:
  struct incomplete {};

  /// @param gate asked for each request; null: every body may have `max_body_bytes`. REQUIRES: it outlives the reader.
  http_reader(uint32_t max_header_bytes, uint64_t max_body_bytes, request_gate* gate = nullptr);
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

  /// The number of bytes that were fed and not read yet.
  size_t unread_bytes() const noexcept { return waiting_.size() - taken_; }

  /// The path and the method of the request that is being read. The path is known even when the head is not whole; the
  /// method is empty until then.
  std::string path() const;
  std::string_view method() const noexcept;

  /// The heap memory of the body so far and of the bytes that were not read yet.
  size_t buffered_bytes() const noexcept;

  /// The bytes after the last request, which belong to another protocol.
  std::string take_rest();

private:
  struct state;

  std::string_view rest() const noexcept { return std::string_view{waiting_}.substr(taken_); }
  void take(size_t size) noexcept;
  bool begin();
  std::optional<bad_request> head_is_read();
  std::optional<bad_request> limit_body(uint64_t max_bytes);

  std::unique_ptr<state> state_;
  const uint32_t max_header_bytes_;
  const uint64_t max_body_bytes_;
  request_gate* gate_;
  std::string waiting_;
  size_t taken_ = 0; ///< bytes of `waiting_` that were read
  bool keep_alive_ = false;
  bool is_old_ = false;
  bool expects_continue_ = false;
  unsigned status_beyond_ = 413; ///< of a body that is too large
};

} // namespace bennu::engine
