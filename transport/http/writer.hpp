#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "transport/io/stream.hpp"
#include <bennu/transport/http.hpp>

namespace bennu::engine {

/// The head of a response, up to the empty line.
/// @param size the size of the body
/// @param date the current date; empty: the response has none
std::string http_head(const http_response& response, size_t size, bool stays_open, std::string_view date = {});

/// Adds the headers that protect a page, unless the response has them: nobody but the site itself may frame it, its
/// `base` stays within the site, its type is not guessed, and other sites do not learn its path. Responses that a
/// browser does not show as a page stay as they are. Source: `put_secure_browser_headers` of Phoenix.Controller.
void add_page_headers(http_response& response);

/// The current time in the format of HTTP (RFC 9110 §5.6.7). Valid until the next call on this thread.
std::string_view http_date();

/// Writes one response to a stream, as much as the stream accepts each time. Thread safety: none.
class http_writer {
public:
  enum class progress { done, waits_for_space, broken };

  /// Starts with the next response. REQUIRES: the last one is complete.
  void begin(std::string head, std::string body);

  progress write_to(stream& socket);

  /// Whether a part of a response is still to be written.
  bool is_busy() const noexcept { return !head_.empty(); }

private:
  std::string head_, body_;
  size_t written_ = 0;
};

} // namespace bennu::engine
