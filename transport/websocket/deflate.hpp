#pragma once

#include <array>
#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "actors/wire/frame.hpp"
#include <bennu/transport/http.hpp>

namespace bennu::engine {

/// What was negotiated with a client that offers permessage-deflate.
struct deflate_terms {
  std::string answer;   ///< the value of `Sec-WebSocket-Extensions`
  int window_bits = 15; ///< of the data to the client: 9 to 15, a window of 512 bytes to 32 KiB
};

/// The answer to a client's offers of permessage-deflate (RFC 7692 §7.1); nothing when none of them can be accepted.
/// Both sides forget their window after each message, so that a connection needs no memory for it. A client may
/// request a smaller window for the data to it (`server_max_window_bits`), down to 9 bits, because zlib does not
/// support 8.
std::optional<deflate_terms> accept_deflate(const http_request& handshake);

/// Compresses and decompresses complete messages (RFC 7692 §7.2), one after another, for all connections of an io
/// unit.
///
/// Memory: 0.3 MB from the first use on, and less for each smaller window that a client has requested. Thread safety:
/// none.
class deflate {
public:
  deflate();
  ~deflate();

  /// The message `x` compressed, or `x` itself when that is not longer. The last frame is remembered for each size of
  /// window, so that a broadcast is compressed once. REQUIRES: `window_bits` is 9 to 15.
  frame_ptr compressed(const frame_ptr& x, int window_bits = 15);

  enum class problem { malformed, too_big };
  struct result {
    std::optional<problem> failed;
    std::string message; ///< unless it failed
  };

  /// Decompresses a client's message. Stops at `max_bytes`, even for a small message that expands enormously (a zip
  /// bomb).
  result decompressed(std::string_view body, size_t max_bytes);

private:
  struct compressor;
  struct decompressor;
  std::array<std::unique_ptr<compressor>, 16> out_; ///< by the bits of their window
  std::unique_ptr<decompressor> in_;
};

} // namespace bennu::engine
