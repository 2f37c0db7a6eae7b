#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "transport/io/stream.hpp"
#include <bennu/transport/http.hpp>

namespace bennu::engine {

/// The head of a response, up to and with the empty line. @param size of its body @param date of now; empty: none is told
std::string http_head(const http_response& response, size_t size, bool stays_open, std::string_view date = {});

/// Now, as HTTP writes it (RFC 9110 §5.6.7); valid until the next call on this thread.
std::string_view http_date();

/// Writes one answer to a stream, as far as there is room each time. Thread safety: none.
class http_writer {
public:
  enum class progress { done, waits_for_room, broken };

  /// Begins with the next answer. REQUIRES: the former is done.
  void begin(std::string head, std::string body);

  progress write_to(stream& socket);

private:
  std::string head_, body_;
  size_t written_ = 0;
};

} // namespace bennu::engine
