#pragma once

#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "actors/wire/frame.hpp"
#include <bennu/transport/http.hpp>

namespace bennu::engine {

/// The answer to a client's offers of permessage-deflate (RFC 7692 §7.1), the value of `Sec-WebSocket-Extensions`; nothing when it offers
/// none that we can take. Both sides forget their window after each message, so that no connection holds one.
std::optional<std::string> accept_deflate(const http_request& handshake);

/// Compresses and decompresses whole messages (RFC 7692 §7.2), one after another, for all connections of an io unit.
///
/// Memory: 0.3 MB from its first use on. Thread safety: none.
class deflate {
public:
  deflate();
  ~deflate();

  /// The same message as `x`, compressed; `x` itself when that is not shorter. The frame asked for last is remembered: a broadcast is
  /// compressed once.
  frame_ptr compressed(const frame_ptr& x);

  enum class problem { malformed, too_big };
  struct result {
    std::optional<problem> failed;
    std::string message; ///< unless it failed
  };

  /// What a client compressed. Stops at `max_bytes`, however small a bomb it came in.
  result decompressed(std::string_view body, size_t max_bytes);

private:
  struct streams;
  std::unique_ptr<streams> streams_;
  frame_ptr last_from_, last_to_;
};

} // namespace bennu::engine
